//! Unchanged steps that come before the first change. If one of them is refused, later steps are
//! refused for that reason and nothing was tried.

use super::seen::describe;
use super::step;
use super::transcript::{Outcome, Transcript};
use super::values::Values;
use crate::suite::{Case, StepKind};

/// The unchanged step that failed, and how. `None` if no later step has an expectation.
pub(super) fn failed(case: &Case, transcript: &Transcript, values: &Values) -> Option<String> {
    let mut met = Vec::new();
    for (index, (step, performed)) in case.steps.iter().zip(&transcript.steps).enumerate() {
        let is_judged = case.steps[index + 1..].iter().any(|step| step.expect.is_some());
        // A repeated step is not part of a valid flow, and nor is anything after a revocation.
        if performed.changed || step.expect.is_some() || met.contains(&step.kind) || !is_judged {
            return None;
        }
        let is_reached = !matches!(performed.outcome, Outcome::NotReached(_));
        if is_reached && !step::worked(step.kind, &performed.outcome, values) {
            let seen = describe(performed);
            return Some(format!("at {}, where nothing was changed: {seen}", step.label));
        }
        if !is_reached || step.kind == StepKind::Revoke {
            return None;
        }
        met.push(step.kind);
    }
    None
}
