//! Tries the valid flow again if a gateway may have begun to block.

use super::case_result::CaseResult;
use super::control::ControlOutcome;
use super::engine::Run;
use super::gateway::{STRETCH, refusal_words, strange};
use super::perform::PerformContext;
use super::transcript::{Performed, Transcript};
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::suite::{Case, StepKind};

/// The reason for a refusal in the form of a gateway's.
const BLOCKS: &str = "valid requests are refused in the same way, as if a gateway blocked them, so \
                      a refusal proves nothing: try --max-rps";

/// Whether the judgment does not depend on who refused.
fn is_open(judged: &Judged, transcript: &Transcript) -> bool {
    match judged.verdict {
        // A refusal outside the case is the reason why the case does not apply.
        Verdict::NotApplicable => transcript.beside.is_empty(),
        verdict => !matches!(verdict, Verdict::Pass | Verdict::Warn | Verdict::Fail),
    }
}

impl Run {
    /// The judgment of a case after trying the valid flow again, if there is reason to.
    pub(super) async fn check_again(
        &self,
        case: &Case,
        values: &Values,
        transcript: &Transcript,
        judged: Judged,
        context: &PerformContext<'_>,
    ) -> Judged {
        let client = &values.client;
        let strange = strange(transcript);
        if is_open(&judged, transcript) || is_granted(transcript, &judged) {
            return judged;
        }
        if self.gateway.is_blocked(Some(&client.name), transcript) {
            return Judged::inconclusive(BLOCKS);
        }
        if !self.gateway.is_in_doubt(client, &strange) {
            return judged;
        }
        let kept = |kind: &StepKind| {
            !matches!(
                kind,
                StepKind::Revoke | StepKind::Register | StepKind::Manage | StepKind::Unregister
            )
        };
        let flow: Vec<_> = case.flow().into_iter().filter(kept).collect();
        match self.still_works(&flow, values, context).await {
            Some(true) => {
                self.gateway.works(client, strange.iter());
                judged
            }
            Some(false) if !strange.is_empty() => Judged::inconclusive(BLOCKS),
            Some(false) if self.gateway.is_blocked(Some(&client.name), transcript) => {
                Judged::inconclusive(BLOCKS)
            }
            Some(false) | None => judged,
        }
    }

    /// Whether the valid flow of a client still works, or `None` if that is unknown. If it is
    /// refused twice, nothing more is tried.
    async fn still_works(
        &self,
        flow: &[StepKind],
        values: &Values,
        context: &PerformContext<'_>,
    ) -> Option<bool> {
        let (mut refused, mut first) = (0, None::<(String, bool)>);
        for _ in 0..2 {
            let control = self.controls.again(flow, values.anew(), context).await;
            match control.outcome {
                ControlOutcome::Works if refused == 0 => return Some(true),
                ControlOutcome::Works => {
                    if let Some((words, true)) = first {
                        self.gateway.block(&values.client, &words, true, false);
                    }
                    break;
                }
                ControlOutcome::Blocked { .. } => return None,
                ControlOutcome::Refused { .. } => {}
            }
            let mut steps = control.transcript.steps.iter().rev();
            let (words, is_strange) = steps.find_map(|step| refusal_words(&step.outcome))?;
            refused += 1;
            first.get_or_insert_with(|| (words.clone(), is_strange));
            if refused > 1 {
                self.gateway.block(&values.client, &words, is_strange, true);
                let count = self.http.count();
                self.health.end(&format!(
                    "the server began to block after about {count} requests, valid ones too: try \
                     --max-rps"
                ));
            }
        }
        Some(false)
    }

    /// Tries the valid flow of each client once more, after all cases.
    pub async fn check_last(&self) {
        let Ok(endpoints) = &self.endpoints else { return };
        let Some(user) = self.target.users.first() else { return };
        for client in self.target.clients.iter().filter(|client| client.uses_codes()) {
            let count = self.gateway.met().worked.get(&client.name).map_or(0, |(_, count)| *count);
            if count > STRETCH / 4 && self.health.over(&self.http).is_none() {
                let slot = self.agent.slot();
                let (values, context) =
                    (self.values(client, None, user), self.context(endpoints, &slot));
                let flow = [StepKind::Authorize, StepKind::Token];
                let _ = Box::pin(self.still_works(&flow, &values, &context)).await;
            }
        }
    }

    /// Replaces a result that was reported before it was known that a gateway blocks.
    pub fn withdrawn(&self, result: &CaseResult) -> Option<CaseResult> {
        let rests = !is_open(&result.judged, &result.transcript)
            && !is_granted(&result.transcript, &result.judged)
            && self.gateway.is_blocked(result.plan.client(), &result.transcript);
        let judged = rests.then(|| Judged::inconclusive(BLOCKS))?;
        Some(CaseResult { judged, known: Vec::new(), ..result.clone() })
    }
}

/// Whether something was granted that must not be, which is certain regardless of the gateway.
fn is_granted(transcript: &Transcript, judged: &Judged) -> bool {
    judged.findings.iter().any(|finding| {
        let step = transcript.steps.iter().find(|step| step.label == finding.step);
        let is_strange =
            |step: &Performed| refusal_words(&step.outcome).is_some_and(|(_, strange)| strange);
        step.is_some_and(|step| !finding.refused && step.outcome.is_grant() && !is_strange(step))
    })
}
