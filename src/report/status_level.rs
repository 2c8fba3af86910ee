//! How much is shown, in the levels that nextest has.

use clap::ValueEnum;

use crate::run::Verdict;

/// Which cases are shown; each level includes the levels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum StatusLevel {
    /// No cases
    None,
    /// Failures and inconclusive cases
    Fail,
    /// Also warnings
    Warn,
    /// Also known deviations
    Known,
    /// Also passes
    Pass,
    /// Also skipped cases, which do not apply to the target
    Skip,
    /// Everything
    All,
}

impl StatusLevel {
    /// Whether cases of this verdict are shown.
    pub fn shows(self, verdict: Verdict) -> bool {
        self >= match verdict {
            Verdict::Fail | Verdict::Inconclusive => Self::Fail,
            Verdict::Warn => Self::Warn,
            Verdict::Known => Self::Known,
            Verdict::Pass => Self::Pass,
            Verdict::NotApplicable => Self::Skip,
        }
    }
}
