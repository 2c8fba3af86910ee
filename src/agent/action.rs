//! What pages want done.

use std::collections::BTreeSet;

use crate::suite::Asked;

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// It asks who is there.
    Login,
    /// It asks for leave.
    Consent,
    /// It sends itself on without being asked (OAuth.FormPost §2).
    Relay,
}

impl PageKind {
    /// What such a page asks for.
    pub fn asks(self) -> Option<Asked> {
        match self {
            Self::Login => Some(Asked::SignIn),
            Self::Consent => Some(Asked::Consent),
            Self::Relay => None,
        }
    }
}

/// What a page wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What the page is for.
    pub kind: PageKind,
    /// What to type, by the number of the element.
    pub fill: Vec<(usize, String)>,
    /// Where to type a one-time code, by the number and the name of the element.
    pub code: Option<(usize, String)>,
    /// Whether the page asks for a passkey, which only a browser has.
    pub passkey: bool,
    /// Check boxes to tick, by number.
    pub check: Vec<usize>,
    /// What to click, by number; nothing where the form is just sent.
    pub click: Option<usize>,
    /// What that says, shortened; empty where it says nothing.
    pub says: String,
    /// The names of the form's fields: what such a page looks like, whoever it is for.
    pub signature: String,
}

impl Action {
    /// One of this kind, that does nothing yet.
    pub(super) fn new(kind: PageKind, signature: String) -> Self {
        Self {
            kind,
            fill: Vec::new(),
            code: None,
            passkey: false,
            check: Vec::new(),
            click: None,
            says: String::new(),
            signature,
        }
    }

    /// What is clicked, as it says of itself.
    pub(super) fn said(&self) -> Option<String> {
        Some(self.says.clone()).filter(|says| !says.is_empty())
    }

    /// Whether a page that the valid flow showed wants this too, or more: who signs in again may be
    /// asked for the password alone.
    pub fn is_among(&self, known: &BTreeSet<String>) -> bool {
        let has_all = |known: &String| {
            self.signature.split(',').all(|name| known.split(',').any(|other| other == name))
        };
        known.contains(&self.signature) || self.kind == PageKind::Login && known.iter().any(has_all)
    }
}
