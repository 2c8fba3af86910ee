//! What a visit needs in addition to its request.

use std::collections::BTreeSet;

use super::callback::Callback;
use super::cookie::Cookie;
use super::origins::Origins;
use crate::target::LoginRule;

/// What a visit needs in addition to its request.
#[derive(Debug)]
pub struct VisitContext<'a> {
    /// How to sign in, where the usual pages are not recognised by themselves.
    pub script: &'a [LoginRule],
    /// The cookies to come with; no others are kept.
    pub session: &'a [Cookie],
    /// Where the redirect URIs are listened on.
    pub callback: &'a Callback,
    /// Signatures of the pages that the unchanged flow has shown.
    pub known_pages: &'a mut BTreeSet<String>,
    /// The server's own origins; a visit request that teaches adds those that it passes through.
    pub server: &'a mut Origins,
}
