//! Watches an invariant: checks every answer, and reports the first bad one.

use super::case_result::CaseResult;
use super::judge;
use super::memory_budget::FORGOT;
use super::plan::{Plan, PlanKind};
use super::seen::sent;
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::Judged;
use crate::suite::{Invariant, Step};
use crate::wire::Names;

/// An invariant, and what was seen of it so far.
pub(super) struct Watch<'a> {
    plan: &'a Plan,
    invariant: &'a Invariant,
    /// How many answers it applied to.
    seen: usize,
    /// Whether there were answers that could not be kept.
    forgot: bool,
    result: CaseResult,
}

impl<'a> Watch<'a> {
    /// A new watch. `result` is the result if all is well.
    pub(super) fn new(plan: &'a Plan, invariant: &'a Invariant, result: CaseResult) -> Self {
        Self { plan, invariant, seen: 0, forgot: false, result }
    }

    /// Whether the invariant has applied to any answer.
    pub(super) fn has_seen(&self) -> bool {
        self.seen > 0
    }

    /// Whether an answer broke the invariant.
    pub(super) fn has_found(&self) -> bool {
        !self.result.judged.findings.is_empty()
    }

    /// Checks the answers of a case.
    pub(super) fn look_at(&mut self, other: &CaseResult) {
        if let Some(values) = &other.values {
            let had_found = self.has_found();
            let planned = match &other.plan.what {
                PlanKind::Case { case, .. } => case.steps.as_slice(),
                _ => &[],
            };
            self.look(&other.transcript, planned, values, &other.names);
            if !had_found && self.has_found() {
                self.result.broken_in = Some(other.plan.id.clone());
            }
        }
    }

    /// Checks the answers of a transcript. `planned` are its planned steps, empty for a valid flow.
    pub(super) fn look(
        &mut self,
        transcript: &Transcript,
        planned: &[Step],
        values: &Values,
        names: &Names,
    ) {
        for (index, step) in transcript.steps.iter().enumerate() {
            if step.forgotten.is_some() {
                self.forgot |= step.kind == self.invariant.kind;
                continue;
            }
            let judged = judge::invariant(self.plan, self.invariant, step, values);
            let Some(mut findings) = judged else { continue };
            // The answer is a response to what the case changed.
            if let Some(planned) = planned.get(index).filter(|it| it.kind == step.kind) {
                let change = sent(step.request.as_ref(), planned);
                findings.iter_mut().for_each(|finding| finding.sent.clone_from(&change));
            }
            self.seen += 1;
            if !findings.is_empty() && !self.has_found() {
                self.result.judged = Judged::of(findings);
                self.result.transcript =
                    Transcript { steps: vec![step.clone()], ..Transcript::default() };
                self.result.names = names.clone();
            }
        }
    }

    /// The result. `trouble` is the known reason why nothing was seen. A part of a run that has
    /// seen nothing leaves it to the others.
    pub(super) fn end(self, trouble: Option<String>, is_part: bool) -> CaseResult {
        let mut result = self.result;
        if self.seen == 0 {
            let why = "no answer of this kind was seen";
            result.judged = match trouble {
                Some(why) => Judged::inconclusive(why),
                None if self.forgot => Judged::inconclusive(FORGOT),
                // The valid flows worked, so they would have shown it.
                None if self.invariant.whenever.is_success() => Judged::not_applicable(why),
                None => Judged::inconclusive(why),
            };
            if is_part {
                let judged = Judged::not_applicable(format!("{why} in this part of the run"));
                result.unseen = Some(std::mem::replace(&mut result.judged, judged));
            }
        }
        result
    }
}
