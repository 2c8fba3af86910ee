//! The authorization endpoint in a frame of another origin's page (RFC9700 §4.16).

use crate::run::transcript::Outcome;

/// Whichever way it went: what is asked of the valid flow is that one could look.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Framed(_))
}
