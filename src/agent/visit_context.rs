//! What a visit needs in addition to its request.

use std::collections::BTreeSet;

use super::callback::Callback;
use super::cookie::Cookie;
use super::origins::Origins;
use super::settled_pages::SettledPages;
use crate::target::LoginRule;

/// What a visit needs in addition to its request.
#[derive(Debug)]
pub struct VisitContext<'a> {
    /// How to sign in on pages that are not recognized automatically.
    pub script: &'a [LoginRule],
    /// The cookies to start with; no others are kept.
    pub session: &'a [Cookie],
    /// Where the redirect URIs are listened on.
    pub callback: &'a Callback,
    /// Signatures of the pages that the unchanged flow has shown.
    pub known_pages: &'a mut BTreeSet<String>,
    /// The server's own origins. A visit that teaches adds those that it passes through.
    pub server: &'a mut Origins,
    /// Pages that need not be watched again.
    pub settled: &'a SettledPages,
}
