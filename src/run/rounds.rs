//! Rounds: a case gone through from its beginning, as often as it takes to find something.

use super::control::Standing;
use super::judge;
use super::perform::Stage;
use super::plan::Plan;
use super::transcript::Transcript;
use super::values::Values;
use super::verdict::Verdict;
use crate::suite::Case;

impl Stage<'_> {
    /// Goes through a case until something is found, or its rounds are over; the last one counts.
    pub(super) async fn rounds(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        standing: &Standing,
    ) -> Transcript {
        let mut transcript = self.round(case, values, standing).await;
        for _ in 1..case.rounds {
            let judged = judge::judge(plan, case, standing, &transcript, values);
            if judged.verdict != Verdict::Pass {
                break;
            }
            *values = values.anew();
            let retried = transcript.retried.take();
            transcript = self.round(case, values, standing).await;
            transcript.retried = transcript.retried.or(retried);
        }
        transcript
    }

    async fn round(&self, case: &Case, values: &mut Values, standing: &Standing) -> Transcript {
        let afresh = values.anew();
        let mut transcript = self.perform(case, values, false).await;
        if *standing == Standing::Works && transcript.ended_early() {
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
