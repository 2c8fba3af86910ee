//! Handles rate limits: the server asks to wait, or requests were held back.

use std::time::Duration;

use super::perform::PerformContext;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use crate::suite::Case;
use crate::wire::{Answer, Blocked, LONGEST_WAIT, is_trouble};

/// How often a case is attempted if the server asks to wait.
const ATTEMPTS: usize = 3;

/// How long requests may be held back after a code was issued. Known servers issue codes that live
/// for at least a minute.
const LONGEST_HOLD: Duration = Duration::from_secs(20);

impl PerformContext<'_> {
    /// Attempts a case. If the server asks to wait, the case starts again from the beginning, so
    /// that nothing is used twice and nothing has expired meanwhile.
    pub(super) async fn with_waits(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
    ) -> Transcript {
        let mut transcript = self.boxed(case, values, teaches).await;
        for _ in 1..ATTEMPTS {
            if self.is_over() {
                break;
            }
            match transcript.hindrance() {
                Some(Blocked::AsksToWait(_, wait)) if *wait <= LONGEST_WAIT => {
                    self.http.wait(*wait).await;
                }
                Some(Blocked::HeldBack(_)) => {}
                _ => break,
            }
            *values = values.anew();
            transcript = self.boxed(case, values, teaches).await;
        }
        transcript
    }

    /// Why a step proves nothing because of rate limits. `held` is how long requests were held back
    /// since the last visit.
    pub(super) fn hindrance(&self, performed: &Performed, held: Duration) -> Option<Blocked> {
        let lifetime = &self.target.lifetime;
        let lives = [lifetime.code, lifetime.access_token].into_iter().flatten();
        let longest = lives.map(|lives| lives.0 / 2).fold(LONGEST_HOLD, Duration::min);
        let asks = performed.asks_to_wait();
        let late = || (held > longest).then_some(Blocked::HeldBack(held));
        asks.or_else(late).or_else(|| match &performed.outcome {
            Outcome::Answered(answer) => cut(answer),
            _ => None,
        })
    }
}

/// Why an answer that was only partly read proves nothing. An answer that reports a server error
/// counts, however long it is.
pub(super) fn cut(answer: &Answer) -> Option<Blocked> {
    let why = answer.unread().filter(|_| !is_trouble(answer.status))?;
    Some(Blocked::Unseen(why.to_owned()))
}
