//! What a page asks the user agent to do.

use std::collections::BTreeSet;

use crate::suite::Asked;

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// It asks who the user is.
    Login,
    /// It asks for consent.
    Consent,
    /// It asks with which account to go on (OpenID.Core §3.1.2.1).
    Account,
    /// It asks whether to sign out (OpenID.RPInitiated §2).
    SignOut,
    /// It submits itself (OAuth.FormPost §2).
    Relay,
}

impl PageKind {
    /// Whether the user may say no on such a page.
    pub fn lets_refuse(self) -> bool {
        matches!(self, Self::Consent | Self::SignOut)
    }

    /// Why it cannot be refused, if nothing on such a page does.
    pub(super) fn no_refusal(self) -> &'static str {
        match self {
            Self::SignOut => {
                "nothing on the page that asks whether to sign out refuses; if something does, \
                 name it with `refuse` in a `[[login]]` rule"
            }
            _ => {
                "nothing on the consent page refuses; if something does, name it with `refuse` in \
                 a `[[login]]` rule, otherwise write `lacks = [\"refusal\"]`"
            }
        }
    }

    /// What such a page asks for.
    pub fn asks(self) -> Option<Asked> {
        match self {
            Self::Login => Some(Asked::SignIn),
            Self::Consent => Some(Asked::Consent),
            Self::Account => Some(Asked::Account),
            Self::SignOut => Some(Asked::SignOut),
            Self::Relay => None,
        }
    }
}

/// What to do on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What the page is for.
    pub kind: PageKind,
    /// What to type, by the number of the element.
    pub fill: Vec<(usize, String)>,
    /// Where to type a one-time code: the number and name of the element.
    pub code: Option<(usize, String)>,
    /// Whether the page asks for a passkey, which needs a browser.
    pub passkey: bool,
    /// Check boxes to tick, by number.
    pub check: Vec<usize>,
    /// What to click, by number, or `None` to submit the form.
    pub click: Option<usize>,
    /// The shortened label of what is clicked, or empty if it has none.
    pub says: String,
    /// The names of the form's fields, which identify the kind of page for any user.
    pub signature: String,
}

impl Action {
    /// An action of this kind that does nothing yet.
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

    /// The label of what is clicked.
    pub(super) fn said(&self) -> Option<String> {
        Some(self.says.clone()).filter(|says| !says.is_empty())
    }

    /// Whether a page shown by the valid flow asks for this as well, or for more: a user who signs
    /// in again may be asked for the password only.
    pub fn is_among(&self, known: &BTreeSet<String>) -> bool {
        let has_all = |known: &String| {
            self.signature.split(',').all(|name| known.split(',').any(|other| other == name))
        };
        known.contains(&self.signature) || self.kind == PageKind::Login && known.iter().any(has_all)
    }
}
