//! The authorization endpoint in a frame of another origin's page (RFC9700 §4.16).

use crate::run::transcript::Outcome;

/// Both results are valid: the valid flow only shows that framing can be tried.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Framed(_))
}
