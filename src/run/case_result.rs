//! The result of a case, and how many got which verdict.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::agent::AgentKind;
use crate::target::Known;
use crate::wire::Names;

/// What became of a plan.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// What was tried.
    pub plan: Plan,
    /// What is said of it.
    pub judged: Judged,
    /// What happened.
    pub transcript: Transcript,
    /// The values it ran with; none where nothing was done.
    pub values: Option<Values>,
    /// What must not be shown, and what is shown instead.
    pub names: Names,
    /// Who visited, where somebody did.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The known deviations that were seen.
    pub known: Vec<Known>,
    /// The case in whose answers an invariant was first broken; none in those of a valid flow.
    pub broken_in: Option<String>,
    /// What would be said of an invariant if other parts of the run have not seen such an answer either.
    pub unseen: Option<Judged>,
}

/// How many cases got which verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary(BTreeMap<Verdict, usize>);

impl Summary {
    /// Counts a verdict.
    pub fn count(&mut self, verdict: Verdict) {
        *self.0.entry(verdict).or_default() += 1;
    }

    /// How many cases got the verdict.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or_default()
    }
}
