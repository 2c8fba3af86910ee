//! What is done about a browser that is lost on the way: its driver or its machine ended.

use std::pin::Pin;

use super::perform::Stage;
use super::transcript::Transcript;
use super::values::{Values, name_received};
use crate::suite::Case;
use crate::wire::{Blocked, Names};

impl Stage<'_> {
    /// Performs a case, and once more where the browser was lost on the way. Nothing that the server
    /// did is tried again.
    ///
    /// The case is begun anew, with new values, and not the visit: whether a code was issued, or has
    /// arrived nowhere, cannot be known.
    pub(super) async fn perform(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
    ) -> Transcript {
        let mut anew = values.anew();
        let transcript = self.patiently(case, values, teaches).await;
        let Some(why) = lost(case, &transcript, values) else { return transcript };
        std::mem::swap(values, &mut anew);
        let transcript = self.patiently(case, values, teaches).await;
        Transcript { retried: Some(why), ..transcript }
    }

    /// On the heap, and of a type that the compiler need not look into.
    pub(super) fn boxed<'b>(
        &'b self,
        case: &'b Case,
        values: &'b mut Values,
        teaches: bool,
    ) -> Pin<Box<dyn Future<Output = Transcript> + Send + 'b>> {
        Box::pin(self.attempt(case, values, teaches))
    }
}

/// Where and why the browser was lost, redacted: nobody will know the values of this attempt.
fn lost(case: &Case, transcript: &Transcript, values: &Values) -> Option<String> {
    let (step, blocked) = transcript.blocked()?;
    let Blocked::BrowserLost(_) = blocked else { return None };
    let mut names = Names::default();
    values.name(&mut names);
    values.name_made(case, &mut names);
    name_received(transcript, &mut names);
    Some(names.hide(&format!("at {}: {blocked}", step.label)))
}
