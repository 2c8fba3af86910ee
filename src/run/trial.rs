//! A trial: a case, and beside it what shows that nothing else is behind what was seen.

use super::control::{self, Standing};
use super::judge;
use super::perform::Stage;
use super::plan::{Plan, What};
use super::transcript::{Outcome, Performed, Transcript};
use super::twins;
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::suite::{Asked, Case, StepKind};

/// What came of a trial.
pub(super) struct Tried {
    /// What was tried: the case, or the variant of it that counts.
    pub(super) plan: Plan,
    /// What happened.
    pub(super) transcript: Transcript,
    /// What is said of it.
    pub(super) judged: Judged,
}

impl Tried {
    /// What is said of a case after this happened.
    pub(super) fn judge(
        plan: &Plan,
        case: &Case,
        standing: &Standing,
        transcript: Transcript,
        values: &Values,
    ) -> Self {
        let judged = judge::judge(plan, case, standing, &transcript, values);
        Self { plan: plan.clone(), transcript, judged }
    }

    /// The same when something is known of what happened that was not before.
    pub(super) fn judge_anew(&mut self, standing: &Standing, values: &Values) {
        if let What::Case { case, .. } = &self.plan.what {
            self.judged = judge::judge(&self.plan, case, standing, &self.transcript, values);
        }
    }
}

/// What an answer says that is true of whoever is not signed in (OpenID.Core §3.1.2.6).
const SIGNED_OUT: &str = "login_required";

impl Stage<'_> {
    /// Tries a case; where it would pass, also its variants, and what must be so for it to mean
    /// anything. So many rounds were run as other clients.
    pub(super) async fn trial(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        standing: &Standing,
        as_others: usize,
    ) -> Tried {
        let hangs = *standing == Standing::Works && twins::hangs_on_session(case);
        if hangs && let Err(why) = self.session(case, values).await {
            let (plan, transcript) = (plan.clone(), Transcript::default());
            return Tried { plan, transcript, judged: Judged::inconclusive(why) };
        }
        let transcript = self.rounds(plan, case, values, standing, as_others).await;
        let mut tried = Tried::judge(plan, case, standing, transcript, values);
        if tried.judged.verdict != Verdict::Pass || *standing != Standing::Works {
            return tried;
        }
        if hangs
            && tried.transcript.steps.iter().any(says_signed_out)
            && let Err(why) = self.session(case, values).await
        {
            tried.judged = Judged::inconclusive(why);
            return tried;
        }
        if let Some(judged) = self.meaningless(plan, case, values).await {
            tried.judged = judged;
            return tried;
        }
        self.variant(plan, case, values, standing).await.unwrap_or(tried)
    }

    /// The first variant that does not pass.
    async fn variant(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        standing: &Standing,
    ) -> Option<Tried> {
        for variant in twins::variants(case) {
            let mut anew = values.anew();
            let transcript = self.perform(&variant.case, &mut anew, false).await;
            let judged = match variant.is_whole {
                true => judge::judge(plan, &variant.case, standing, &transcript, &anew),
                false => judge::granted(plan, &variant.case, &transcript, &anew),
            };
            if judged.verdict != Verdict::Pass {
                *values = anew;
                return Some(Tried { plan: plan.doing(variant.case), transcript, judged });
            }
        }
        None
    }

    /// Why it means nothing that the case would pass, where that is so.
    async fn meaningless(&self, plan: &Plan, case: &Case, values: &Values) -> Option<Judged> {
        if let Some(twin) = twins::deadly(case) {
            let mut anew = values.anew();
            let transcript = self.perform(&twin, &mut anew, false).await;
            let judged = judge::judge(plan, &twin, &Standing::Works, &transcript, &anew);
            let label = &twin.steps.last()?.label;
            return match judged.verdict {
                Verdict::Pass => Some(Judged::not_applicable(format!(
                    "{label} works here even where it should not any more, so that it goes on \
                     working proves nothing"
                ))),
                Verdict::Inconclusive => Some(judged),
                _ => None,
            };
        }
        let twin = twins::once(case)?;
        let transcript = self.perform(&twin, &mut values.anew(), false).await;
        let last = transcript.steps.last()?;
        let why = "it is refused without the second value too, so a refusal proves nothing";
        (!last.outcome.is_grant())
            .then(|| Judged::inconclusive(format!("at {}: {why}", last.label)))
    }

    /// Sees to it that the user is signed in: a visit shows no page for that, the second at the latest.
    async fn session(&self, case: &Case, values: &Values) -> Result<(), String> {
        let visit = case.steps.iter().map(|step| step.kind).find(|kind| kind.is_visit());
        let flow = [visit.unwrap_or(StepKind::Authorize)];
        for _ in 0..2 {
            let control = control::run(self, &flow, values.anew()).await;
            let asks = |step: &Performed| step.asked.contains(&Asked::SignIn);
            if let Standing::Refused { why, .. } | Standing::Blocked { why, .. } = control.standing
            {
                return Err(format!("whether the user is signed in cannot be told {why}"));
            }
            if !control.transcript.steps.iter().any(asks) {
                return Ok(());
            }
        }
        Err("the server asks for the password at each visit, so that there is no session"
            .to_owned())
    }
}

fn says_signed_out(step: &Performed) -> bool {
    matches!(step.outcome, Outcome::Landed(_))
        && step.outcome.error().as_deref() == Some(SIGNED_OUT)
}

impl Plan {
    /// The same with another case in place of its own.
    fn doing(&self, case: Case) -> Self {
        let mut plan = self.clone();
        if let What::Case { case: own, .. } = &mut plan.what {
            **own = case;
        }
        plan
    }
}
