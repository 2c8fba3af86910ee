//! What is done where politeness is in the way: the server asks to wait, or requests were held back.

use std::time::Duration;

use super::perform::PerformContext;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use crate::suite::Case;
use crate::wire::{Answer, Blocked, LONGEST_WAIT, is_trouble};

/// How often a case is begun where the server asks to wait.
const ATTEMPTS: usize = 3;

/// How long requests may be held back since a code was issued: codes of servers that are known to us
/// live for a minute and longer.
const LONGEST_HOLD: Duration = Duration::from_secs(20);

impl PerformContext<'_> {
    /// Attempts a case; anew, from its beginning, where the server asks to wait: nothing is used twice
    /// then, and nothing has expired meanwhile.
    pub(super) async fn patiently(
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

    /// Why nothing can be said of a step, where politeness is in the way; requests were held back for
    /// so long since the last visit.
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

/// Why nothing can be said of an answer of which only a part was read; one that says that the server
/// is in trouble says so however long it is.
pub(super) fn cut(answer: &Answer) -> Option<Blocked> {
    let why = answer.unread().filter(|_| !is_trouble(answer.status))?;
    Some(Blocked::Unseen(why.to_owned()))
}
