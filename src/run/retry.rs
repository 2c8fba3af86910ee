//! Restarts a case if the server failed by chance or the browser was lost.

use std::pin::Pin;
use std::time::Duration;

use super::perform::PerformContext;
use super::transcript::Transcript;
use super::values::Values;
use crate::suite::Case;
use crate::wire::{Blocked, Phase};

/// How often a case is attempted before an obstacle counts as permanent.
const ATTEMPTS: usize = 3;

/// The same where a case has already met an obstacle by chance. If one request in fifty fails so, a visit of four
/// requests fails three times in a row once in two thousand visits, and five times once in three hundred thousand.
const ATTEMPTS_IF_UNSTEADY: usize = 5;

/// Nothing is retried while so many requests in a row timed out, as each takes long.
const SILENT: usize = 2;

/// The pause after a server failure.
const BREATH: Duration = Duration::from_millis(100);

impl PerformContext<'_> {
    /// Performs a case, and starts it again if the server failed or the browser was lost.
    ///
    /// The whole case is repeated with new values, not just the request: there is no way to know
    /// whether a code was issued or used, or whether it was lost.
    pub(super) async fn perform(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
    ) -> Transcript {
        let (mut first, mut is_same, mut is_counted) = (None, true, false);
        for attempt in 1..=ATTEMPTS_IF_UNSTEADY {
            let mut anew = values.anew();
            let mut transcript = self.with_waits(case, values, teaches).await;
            let met = met(&transcript);
            let why = met.as_ref().map(|met| self.told(case, &transcript, values, met));
            let (begun, known) = first.get_or_insert_with(|| (met.clone(), why));
            is_same &= *begun == met;
            let permanent = if self.http.stumbles() > 0 { ATTEMPTS_IF_UNSTEADY } else { ATTEMPTS };
            let most = met.as_ref().map_or(1, |(_, it)| attempts(case, it, teaches, permanent));
            if attempt >= most || self.is_silent() || self.http.is_out_of_patience() {
                transcript.recurs = attempt >= permanent && is_same && met.is_some();
                transcript.retried = known.clone().filter(|_| attempt > 1 && !transcript.recurs);
                if transcript.retried.is_some() && !is_counted {
                    self.http.stumble();
                }
                return transcript;
            }
            // A 5xx that occurs each time is not a chance failure, which is known only at the end.
            match met {
                Some((_, Blocked::TimedOut(_))) if !is_counted => {
                    self.http.stumble();
                    is_counted = true;
                }
                Some((_, Blocked::StartsOver(_))) => {
                    is_counted = true;
                    anew.watches_logout = true;
                }
                Some((_, Blocked::BrowserLost(_))) => is_counted = true,
                _ => {}
            }
            let waiting = Phase::Pause.enter();
            tokio::time::sleep(BREATH).await;
            drop(waiting);
            std::mem::swap(values, &mut anew);
        }
        unreachable!("the last attempt is returned")
    }

    /// Whether so many requests in a row timed out that further ones would only cost time.
    pub(super) fn is_silent(&self) -> bool {
        self.http.unanswered() >= SILENT
    }

    /// Where and why a case is restarted, redacted, as the values of this attempt are not in the
    /// result.
    fn told(
        &self,
        case: &Case,
        transcript: &Transcript,
        values: &Values,
        (index, blocked): &(usize, Blocked),
    ) -> String {
        let label = &transcript.steps[*index].label;
        self.names_of(case, transcript, values).tell(&format!("at {label}: {blocked}"))
    }

    /// Moves the future to the heap, with a type that is cheap to compile.
    pub(super) fn boxed<'b>(
        &'b self,
        case: &'b Case,
        values: &'b mut Values,
        teaches: bool,
    ) -> Pin<Box<dyn Future<Output = Transcript> + Send + 'b>> {
        Box::pin(self.attempt(case, values, teaches))
    }
}

/// The obstacle, and the step where it occurred. The text of a connection error is ignored.
fn met(transcript: &Transcript) -> Option<(usize, Blocked)> {
    let (index, blocked) = transcript.blocked_at().or_else(|| transcript.redirected_at())?;
    let blocked = match blocked {
        Blocked::Unreachable(_) => Blocked::Unreachable(String::new()),
        Blocked::BrowserLost(_) => Blocked::BrowserLost(String::new()),
        blocked => blocked,
    };
    Some((index, blocked))
}

/// How often a case with this obstacle is attempted, if it is permanent after `permanent` attempts. The caller
/// retries an unchanged flow that is slow to fail, and does not if nothing works.
fn attempts(case: &Case, blocked: &Blocked, is_control: bool, permanent: usize) -> usize {
    match blocked {
        Blocked::TimedOut(_) if is_control => 1,
        Blocked::BrowserLost(_) | Blocked::StartsOver(_) | Blocked::TimedOut(_) => 2,
        _ if !blocked.is_stumble() => 1,
        // Each attempt of such a case waits again.
        _ if case.slow.is_some() => 2,
        _ => permanent,
    }
}
