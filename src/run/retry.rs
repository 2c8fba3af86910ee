//! What is begun anew: a case that met a server that stumbled, or whose browser was lost.

use std::pin::Pin;
use std::time::Duration;

use super::perform::PerformContext;
use super::transcript::Transcript;
use super::values::Values;
use crate::suite::Case;
use crate::wire::Blocked;

/// How often a case is begun before what stands in its way counts as what the server always does: of
/// requests that fail by chance, one in fifty, three in a row are one in more than a hundred thousand.
const ATTEMPTS: usize = 3;

/// Nothing is begun anew while so many requests in a row were not answered in time, each of which takes
/// long.
const SILENT: usize = 2;

/// How long a server that has stumbled is left alone.
const BREATH: Duration = Duration::from_millis(100);

impl PerformContext<'_> {
    /// Performs a case, and anew where the server stumbled or the browser was lost on the way.
    ///
    /// The case is begun anew, with new values, and not the request: whether a code was issued or used,
    /// or has arrived nowhere, cannot be known.
    pub(super) async fn perform(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
    ) -> Transcript {
        let (mut first, mut is_same, mut is_counted) = (None, true, false);
        for attempt in 1..=ATTEMPTS {
            let mut anew = values.anew();
            let mut transcript = self.patiently(case, values, teaches).await;
            let met = met(&transcript);
            let why = met.as_ref().map(|_| self.told(case, &transcript, values));
            let (begun, known) = first.get_or_insert_with(|| (met.clone(), why));
            is_same &= *begun == met;
            let most = met.as_ref().map_or(1, |(_, blocked)| attempts(case, blocked, teaches));
            let is_silent = self.http.unanswered() >= SILENT;
            if attempt >= most || is_silent || self.http.is_out_of_patience() {
                transcript.recurs = attempt >= ATTEMPTS && is_same && met.is_some();
                transcript.retried = known.clone().filter(|_| attempt > 1 && !transcript.recurs);
                if transcript.retried.is_some() && !is_counted {
                    self.http.stumble();
                }
                return transcript;
            }
            // A 5xx that comes each time is no stumble; that is known in the end.
            match met {
                Some((_, Blocked::TimedOut(_))) if !is_counted => {
                    self.http.stumble();
                    is_counted = true;
                }
                Some((_, Blocked::BrowserLost(_))) => is_counted = true,
                _ => {}
            }
            tokio::time::sleep(BREATH).await;
            std::mem::swap(values, &mut anew);
        }
        unreachable!("the last attempt is returned")
    }

    /// Where and why a case is begun anew, redacted: nobody will know the values of this attempt.
    fn told(&self, case: &Case, transcript: &Transcript, values: &Values) -> String {
        let Some((step, blocked)) = transcript.blocked() else { return String::new() };
        self.names_of(case, transcript, values).tell(&format!("at {}: {blocked}", step.label))
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

/// What stood in the way, and at which step; the words of a broken connection do not count.
fn met(transcript: &Transcript) -> Option<(usize, Blocked)> {
    let (index, blocked) = transcript.blocked_at()?;
    let blocked = match blocked {
        Blocked::Unreachable(_) => Blocked::Unreachable(String::new()),
        Blocked::BrowserLost(_) => Blocked::BrowserLost(String::new()),
        blocked => blocked,
    };
    Some((index, blocked))
}

/// How often a case is begun that meets this; an unchanged flow that waits long is run anew by who needs
/// it, and not where nothing works.
fn attempts(case: &Case, blocked: &Blocked, is_control: bool) -> usize {
    match blocked {
        Blocked::TimedOut(_) if is_control => 1,
        Blocked::BrowserLost(_) | Blocked::TimedOut(_) => 2,
        _ if !blocked.is_stumble() => 1,
        // What such a case waits for is waited for each time.
        _ if case.slow.is_some() => 2,
        _ => ATTEMPTS,
    }
}
