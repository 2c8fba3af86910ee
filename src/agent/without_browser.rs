//! Replaces the browser if the feature `browser` is off: there is none.

use super::browser_options::{BrowserOptions, NoBrowser};
use super::cookie::Cookie;
use super::framed::Framed;
use super::origins::Origins;
use super::session::Session;
use super::session_question::SessionQuestion;
use super::visit::{Visit, VisitRequest};
use super::visit_context::VisitContext;
use crate::wire::Blocked;

const WHY: &str = "this authspec was built without the feature `browser`";

/// A browser that is not available.
#[derive(Debug)]
pub struct Browser {
    /// How many requests the last visit took.
    pub(super) requests: usize,
    /// Whether a page of the last visit sent anything by a script.
    pub(super) wrote: bool,
    /// Whether its last page was certain not to act.
    pub(super) is_final: bool,
}

impl Browser {
    /// Starts no browser.
    ///
    /// # Errors
    /// Always.
    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub async fn start(_: &BrowserOptions, _: &[String]) -> Result<Self, Blocked> {
        Err(Blocked::Browser(WHY.to_owned()))
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn visit(&mut self, _: &VisitRequest, _: VisitContext<'_>) -> Visit {
        Visit::blocked(Blocked::Browser(WHY.to_owned()))
    }

    pub(super) fn logs_fragments(&self) -> bool {
        false
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn cookies(&mut self) -> Result<Vec<Cookie>, Blocked> {
        Err(Blocked::Browser(WHY.to_owned()))
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn frame(&mut self, _: &str, _: &Origins) -> Result<Framed, Blocked> {
        Err(Blocked::Browser(WHY.to_owned()))
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn ask(
        &mut self,
        _: &SessionQuestion,
        _: &Session,
    ) -> Result<Option<String>, Blocked> {
        Err(Blocked::Browser(WHY.to_owned()))
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn stop(self) {}
}

/// Reports that there is no browser.
///
/// # Errors
/// Always.
pub fn available(_: &BrowserOptions) -> Result<(), NoBrowser> {
    Err(NoBrowser(WHY.to_owned()))
}

/// Does nothing, as nothing was started.
pub fn kill_all() {}
