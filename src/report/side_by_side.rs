//! A table of several runs.

use std::fmt;
use std::time::Duration;

use super::outcome::Tally;
use super::results::Results;
use crate::run::Verdict;

/// The outcome for one target.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub target: String,
    /// The outcome of its run.
    pub tally: Tally,
    /// How long it took.
    pub took: Duration,
    /// Why nothing could be tested.
    pub untried: Option<String>,
    /// The exit code for this target alone.
    pub exit_code: u8,
}

impl Row {
    /// A target that could not be tested.
    pub fn untried(target: String, why: String) -> Self {
        let (tally, took) = (Tally::default(), Duration::ZERO);
        Self { target, tally, took, untried: Some(why), exit_code: 3 }
    }
}

impl From<&Results> for Row {
    /// The outcome of a run, from its results.
    fn from(results: &Results) -> Self {
        let (tally, took) = (Tally::from(results), Duration::from_millis(results.duration_ms));
        let exit_code = tally.exit_code(results.strict);
        Self { target: results.target.name.clone(), tally, took, untried: None, exit_code }
    }
}

/// A table of targets and totals.
#[derive(Clone, Copy, Debug)]
pub struct SideBySide<'a>(pub &'a [Row]);

impl SideBySide<'_> {
    /// The worst exit code: a violation is worse than an inconclusive case.
    pub fn exit_code(&self) -> u8 {
        let bad = |code: &u8| match code {
            0 => 0,
            3 => 1,
            1 => 2,
            _ => 3,
        };
        self.0.iter().map(|row| row.exit_code).max_by_key(bad).unwrap_or_default()
    }
}

impl fmt::Display for SideBySide<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|row| row.target.chars().count()).max().unwrap_or(0).max(6);
        write!(f, "{:<width$}", "target")?;
        for verdict in Verdict::ALL {
            write!(f, "  {verdict}")?;
        }
        writeln!(f, "  seconds")?;
        for row in self.0 {
            write!(f, "{:<width$}", row.target)?;
            if let Some(why) = &row.untried {
                writeln!(f, "  {}", why.lines().next().unwrap_or_default())?;
                continue;
            }
            for verdict in Verdict::ALL {
                let width = verdict.to_string().len();
                write!(f, "  {:>width$}", row.tally.summary.of(*verdict))?;
            }
            writeln!(f, "  {:>7.1}", row.took.as_secs_f64())?;
        }
        Ok(())
    }
}
