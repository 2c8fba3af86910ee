//! Steps that are as in the valid flow and come before anything is changed: where one of them is refused,
//! what follows is refused for that, and nothing was tried.

use super::seen::describe;
use super::step;
use super::transcript::{Outcome, Transcript};
use super::values::Values;
use crate::suite::{Case, StepKind};

/// Which of them did not work, and how it ended; nothing where nobody expects anything of a later one.
pub(super) fn failed(case: &Case, transcript: &Transcript, values: &Values) -> Option<String> {
    let mut met = Vec::new();
    for (index, (step, performed)) in case.steps.iter().zip(&transcript.steps).enumerate() {
        let is_judged = case.steps[index + 1..].iter().any(|step| step.expect.is_some());
        // What comes a second time is no part of a valid flow, nor what comes after a revocation.
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
