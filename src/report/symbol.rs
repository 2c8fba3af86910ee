//! Verdicts as signs, and which of two is worse.

use crate::oauth::Level;
use crate::run::Verdict;

/// A sign for the verdict, which needs no colour to be told from that of a pass.
pub(super) fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Warn => "!",
        Verdict::Fail | Verdict::Known => "✗",
        Verdict::Inconclusive => "?",
        Verdict::NotApplicable => "–",
    }
}

/// How bad it is, to be compared.
pub(super) fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotApplicable => 0,
        Verdict::Pass => 1,
        Verdict::Inconclusive => 2,
        Verdict::Warn => 3,
        Verdict::Known => 4,
        Verdict::Fail => 5,
    }
}

/// What the verdict of a case says of a requirement of this level: the case may prove a stronger one
/// too, and fail on account of that.
pub(super) fn capped(verdict: Verdict, level: Level) -> Verdict {
    match verdict {
        Verdict::Fail if level != Level::Must => Verdict::Warn,
        verdict => verdict,
    }
}
