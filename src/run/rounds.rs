//! Rounds: repeats a case from its beginning until something is found.

use std::time::Instant;

use super::case_result::CaseResult;
use super::confidence::{self, Elsewhere, Raced};
use super::control::ControlOutcome;
use super::early_refusal;
use super::engine::Run;
use super::feature;
use super::judge;
use super::perform::PerformContext;
use super::plan::{Plan, PlanKind};
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::suite::Case;

impl PerformContext<'_> {
    /// Repeats a case until something is found, or its rounds or their time are used up. The last
    /// round counts. Also runs the case as other clients.
    pub(super) async fn rounds(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
        elsewhere: Elsewhere,
    ) -> Transcript {
        let begin = Instant::now();
        let mut transcript = self.round(case, values, control_outcome).await;
        let mut raced = Raced { rounds: 1, as_others: elsewhere.rounds };
        let most = confidence::rounds(case.rounds, elsewhere);
        let is_late = || case.budget.is_some_and(|budget| begin.elapsed() >= budget.0);
        loop {
            let judged = judge::judge(plan, case, control_outcome, &transcript, values);
            if judged.verdict != Verdict::Pass {
                return transcript;
            }
            if raced.rounds >= most || is_late() {
                break;
            }
            *values = values.anew();
            let retried = transcript.retried.take();
            transcript = self.round(case, values, control_outcome).await;
            transcript.retried = transcript.retried.or(retried);
            raced.rounds += 1;
        }
        transcript.raced = case.races().then_some(raced);
        transcript
    }

    async fn round(
        &self,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
    ) -> Transcript {
        let afresh = values.anew();
        let mut transcript = self.perform(case, values, false).await;
        let has_failed = transcript.ended_early()
            || transcript.blocked().is_none()
                && early_refusal::failed(case, &transcript, values).is_some();
        if *control_outcome == ControlOutcome::Works && has_failed {
            // A case of another client has ended the session, as a revocation does on some servers.
            // That says nothing about this case, which is tried once more.
            *values = afresh;
            let retried = transcript.retried.take();
            transcript = self.perform(case, values, false).await;
            transcript.retried = transcript.retried.or(retried);
        }
        transcript
    }
}

impl Run {
    /// The rounds of a race that other clients run, which this one need not.
    pub(super) fn elsewhere(
        &self,
        plan: &Plan,
        case: &Case,
        context: &PerformContext<'_>,
    ) -> Elsewhere {
        let is_to_come = |index: &usize| {
            let PlanKind::Case { case: theirs, client, .. } = &self.plans[*index].what else {
                return false;
            };
            theirs.id == case.id
                && self.plans[*index].id != plan.id
                && self.finished(*index).is_none()
                && feature::unfit(theirs, &self.target, client, context.endpoints).is_none()
        };
        // Where one was lost, what others have won says nothing.
        let is_alone = self.raced.was_lost(&case.id) && !self.expects_lost_races(plan);
        if !case.races() || is_alone {
            return Elsewhere::default();
        }
        let clients = (0..self.all_of).filter(is_to_come).count();
        Elsewhere { rounds: self.raced.so_far(&case.id), clients }
    }

    /// Whether the target file says that the server loses some of these races.
    fn expects_lost_races(&self, plan: &Plan) -> bool {
        plan.known(&self.target).any(|known| known.sometimes)
    }

    /// The result of a race, with what other clients saw in theirs, if that says more than the result does.
    pub fn with_later_rounds(&self, result: &CaseResult) -> Option<CaseResult> {
        let raced = result.transcript.raced?;
        let case = result.plan.case();
        let is_told = result.judged.reason.as_deref() == Some(raced.sentence().as_str());
        let (all, judged) = if self.raced.was_lost(case) {
            raced.where_others_lost(self.expects_lost_races(&result.plan))
        } else {
            let as_others = self.raced.so_far(case).saturating_sub(raced.rounds);
            let all = Raced { as_others, ..raced };
            (all, Judged { reason: Some(all.sentence()), ..result.judged.clone() })
        };
        (is_told && judged != result.judged).then(|| {
            let mut result = result.clone();
            result.transcript.raced = Some(all);
            CaseResult { judged, ..result }
        })
    }
}
