//! Symbols for verdicts, and their severity.

use crate::oauth::Level;
use crate::run::Verdict;

/// A symbol for the verdict, which differs from that of a pass without color.
pub(super) fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Warn => "!",
        Verdict::Fail | Verdict::Known => "✗",
        Verdict::Inconclusive => "?",
        Verdict::NotApplicable => "–",
    }
}

/// The severity, for comparison.
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

/// The verdict of a case for a requirement of this level. The case may also prove a stronger requirement,
/// and fail because of that.
pub(super) fn capped(verdict: Verdict, level: Level) -> Verdict {
    match verdict {
        Verdict::Fail if level != Level::Must => Verdict::Warn,
        verdict => verdict,
    }
}
