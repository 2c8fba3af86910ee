//! A command to the browser failed.

use std::fmt;
use std::io;

use fantoccini::error::CmdError;

use super::devtools::CallError;
use crate::wire::Blocked;

/// The messages for a browser that is gone: from its driver, from itself, and from a Selenium Grid with a node that has
/// ended.
const GONE: &[&str] = &[
    "tab crashed",
    "Target crashed",
    "not connected to DevTools",
    "disconnected",
    "Unable to execute request for an existing session",
    "Unable to find session",
];

/// A command to the browser failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// One that its driver was given.
    Command(CmdError),
    /// One that the browser itself was given.
    Call(CallError),
    /// A script of ours.
    Script(String),
}

impl Failed {
    /// The browser is lost, for this reason.
    pub(super) fn lost(why: String) -> Self {
        Self::Command(CmdError::Lost(io::Error::other(why)))
    }

    /// Whether the browser is gone.
    pub(super) fn is_fatal(&self) -> bool {
        let is_lost = match self {
            Self::Command(error) => {
                let lost =
                    matches!(error, CmdError::Lost(_) | CmdError::Failed(_) | CmdError::FailedC(_));
                lost || error.is_invalid_session_id() || error.is_no_such_window()
            }
            Self::Call(error) => matches!(error, CallError::Gone),
            Self::Script(_) => false,
        };
        let said = self.to_string();
        is_lost || GONE.iter().any(|end| said.contains(end))
    }

    /// Whether the browser itself did not do what it was asked to: it was leaving the page.
    pub(super) fn is_refused_call(&self) -> bool {
        matches!(self, Self::Call(CallError::Refused(_))) && !self.is_fatal()
    }

    /// Whether the element is there, but does not accept a person's action.
    pub(super) fn is_refused(&self) -> bool {
        let Self::Command(error) = self else { return false };
        let is_covered = self.to_string().contains("click intercepted");
        is_covered || error.is_element_not_interactable() || error.is_invalid_element_state()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            Self::Command(CmdError::Standard(error)) => error.message.to_string(),
            Self::Command(error) => error.to_string(),
            Self::Call(CallError::Gone) => "its page has crashed, or it has ended".to_owned(),
            Self::Call(CallError::Refused(why)) | Self::Script(why) => why.clone(),
        };
        // The lines after the first are the driver's own stack trace.
        f.write_str(said.lines().next().unwrap_or_default())
    }
}

impl From<CmdError> for Failed {
    fn from(error: CmdError) -> Self {
        Self::Command(error)
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Failed> for Blocked {
    fn from(failed: Failed) -> Self {
        let why = failed.to_string();
        if failed.is_fatal() { Self::BrowserLost(why) } else { Self::Browser(why) }
    }
}
