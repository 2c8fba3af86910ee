//! How much is shown: levels as nextest has them.

use clap::ValueEnum;

use crate::run::Verdict;

/// Which cases are shown: those of a level and of all levels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum StatusLevel {
    /// None
    None,
    /// Those that fail or are inconclusive
    Fail,
    /// And those that warn
    Warn,
    /// And known deviations
    Known,
    /// And those that pass
    Pass,
    /// And those that are skipped, as they do not apply to the target
    Skip,
    /// And everything else that there is to say
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
