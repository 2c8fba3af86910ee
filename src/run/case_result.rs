//! The result of a case, and the number of cases by verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use super::plan::Plan;
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::agent::AgentKind;
use crate::target::Known;
use crate::wire::{Names, Span};

/// The result of a plan.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// What was tried.
    pub plan: Plan,
    /// The verdict, with its findings and reason.
    pub judged: Judged,
    /// What happened.
    pub transcript: Transcript,
    /// The values that the case ran with, if it ran.
    pub values: Option<Values>,
    /// What is redacted, and what is shown instead.
    pub names: Names,
    /// The agent that made the visits, if there were any.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// When it began, and where its time went.
    pub timing: Timing,
    /// The known deviations that were seen.
    pub known: Vec<Known>,
    /// The case in which an invariant was first broken, or `None` if that was in a valid flow.
    pub broken_in: Option<String>,
    /// The judgment of an invariant if no other part of the run has seen such an answer either.
    pub unseen: Option<Judged>,
}

/// When a case was run, and where its time went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// The time from the beginning of the run to that of the case.
    pub begin: Duration,
    /// The parts of its time, which add up to the whole.
    pub spans: Vec<Span>,
}

impl Timing {
    /// How long the case took.
    pub fn took(&self) -> Duration {
        self.spans.iter().map(|span| span.took).sum()
    }
}

/// The number of cases by verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary(BTreeMap<Verdict, usize>);

impl Summary {
    /// Counts a verdict.
    pub fn count(&mut self, verdict: Verdict) {
        *self.0.entry(verdict).or_default() += 1;
    }

    /// The number of cases with this verdict.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or_default()
    }
}
