//! Rounds: a case gone through from its beginning, as often as it takes to find something.

use std::time::Instant;

use super::confidence::{self, Raced};
use super::control::ControlOutcome;
use super::early_refusal;
use super::judge;
use super::perform::PerformContext;
use super::plan::Plan;
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::Verdict;
use crate::suite::Case;

impl PerformContext<'_> {
    /// Goes through a case until something is found, or its rounds or the time for them are over; the
    /// last one counts. So many rounds were run as other clients.
    pub(super) async fn rounds(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
        as_others: usize,
    ) -> Transcript {
        let begin = Instant::now();
        let mut transcript = self.round(case, values, control_outcome).await;
        let mut raced = Raced { rounds: 1, as_others };
        let most = confidence::rounds(case.rounds, as_others);
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
            // A case of another client has ended the session, as a revocation does on some servers:
            // that says nothing about this one, which is tried once more.
            *values = afresh;
            let retried = transcript.retried.take();
            transcript = self.perform(case, values, false).await;
            transcript.retried = transcript.retried.or(retried);
        }
        transcript
    }
}
