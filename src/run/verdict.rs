//! Verdicts, and the findings behind them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::oauth::{Cite, Level};

/// The verdict of a case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything expected was seen, and the valid flow worked.
    Pass,
    /// A SHOULD is broken, or a request was refused as required, but not in the specified way.
    Warn,
    /// A MUST is broken.
    Fail,
    /// It fails or warns, and the target's `known.toml` says so.
    Known,
    /// The target does not claim what the case needs.
    NotApplicable,
    /// It could not be tested.
    Inconclusive,
}

impl Verdict {
    /// All of them, in the order of reports.
    pub const ALL: &'static [Self] =
        &[Self::Pass, Self::Warn, Self::Fail, Self::Known, Self::NotApplicable, Self::Inconclusive];

    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Known => "known",
            Self::NotApplicable => "not-applicable",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One deviation from a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The section that is broken.
    pub cite: Cite,
    /// The level of that requirement.
    pub level: Level,
    /// What is required.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// The request in short, with what was changed in it.
    pub sent: String,
    /// The label of the step.
    pub step: String,
    /// Whether the request was refused anyway, so that only the form of the refusal is wrong.
    pub refused: bool,
}

/// Why a deviation from a MUST is a warning.
const REFUSED_ALL_THE_SAME: &str = "it was refused as required, but not in the specified way";

/// The judgment of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What is broken.
    pub findings: Vec<Finding>,
    /// Why it could not be judged, why a deviation is known, or why one from a MUST is a warning.
    pub reason: Option<String>,
}

impl Judged {
    /// No deviation.
    pub fn pass() -> Self {
        Self { verdict: Verdict::Pass, findings: Vec::new(), reason: None }
    }

    /// It could not be tested.
    pub fn inconclusive(reason: impl Into<String>) -> Self {
        let reason = Some(reason.into());
        Self { verdict: Verdict::Inconclusive, findings: Vec::new(), reason }
    }

    /// The target does not claim what is needed.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        let reason = Some(reason.into());
        Self { verdict: Verdict::NotApplicable, findings: Vec::new(), reason }
    }

    /// The verdict follows from the strength of the findings.
    pub fn of(findings: Vec<Finding>) -> Self {
        let worst = |finding: &Finding| match finding.level {
            Level::Must if !finding.refused => Verdict::Fail,
            Level::Must | Level::Should => Verdict::Warn,
            Level::May => Verdict::Pass,
        };
        let verdict = findings.iter().map(worst).max().unwrap_or(Verdict::Pass);
        let in_another_way = |finding: &Finding| finding.level == Level::Must && finding.refused;
        let is_mild = verdict == Verdict::Warn && findings.iter().any(in_another_way);
        Self { verdict, findings, reason: is_mild.then(|| REFUSED_ALL_THE_SAME.to_owned()) }
    }
}
