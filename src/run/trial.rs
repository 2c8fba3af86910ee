//! A trial: a case, together with what rules out other causes of the result.

use std::sync::Arc;

use super::confidence::Elsewhere;
use super::control::{self, ControlOutcome};
use super::gateway;
use super::judge;
use super::perform::PerformContext;
use super::plan::{Plan, PlanKind};
use super::seen::describe;
use super::transcript::{Outcome, Performed, RefusalForm, Transcript};
use super::twins;
use super::values::Values;
use super::verdict::{Finding, Judged, Verdict};
use crate::oauth::names::LOGIN_REQUIRED;
use crate::suite::{Asked, Case, StepKind};

/// The result of a trial.
pub(super) struct Tried {
    /// What was tried: the case, or the variant of it that counts.
    pub(super) plan: Plan,
    /// What happened.
    pub(super) transcript: Transcript,
    /// The judgment.
    pub(super) judged: Judged,
}

impl Tried {
    /// Judges a case by what happened.
    pub(super) fn judge(
        plan: &Plan,
        case: &Case,
        control_outcome: &ControlOutcome,
        transcript: Transcript,
        values: &Values,
    ) -> Self {
        let judged = judge::judge(plan, case, control_outcome, &transcript, values);
        Self { plan: plan.clone(), transcript, judged }
    }

    /// Judges again after more is known about what happened.
    pub(super) fn judge_anew(&mut self, control_outcome: &ControlOutcome, values: &Values) {
        if let PlanKind::Case { case, .. } = &self.plan.what {
            self.judged = judge::judge(&self.plan, case, control_outcome, &self.transcript, values);
        }
    }
}

impl PerformContext<'_> {
    /// Tries a case, unless the result is already known. If it would pass, also tries its variants
    /// and whatever must hold for the pass to mean anything. A race is run as other clients too.
    pub(super) async fn trial(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
        (ready, elsewhere): (Option<Transcript>, Elsewhere),
    ) -> Tried {
        let hangs = *control_outcome == ControlOutcome::Works && case.depends_on_session();
        if hangs && let Err(why) = self.session(case, values).await {
            let (plan, transcript) = (plan.clone(), Transcript::default());
            return Tried { plan, transcript, judged: why };
        }
        let transcript = match ready {
            Some(ready) => ready,
            None => self.rounds(plan, case, values, control_outcome, elsewhere).await,
        };
        let mut tried = Tried::judge(plan, case, control_outcome, transcript, values);
        if tried.judged.verdict != Verdict::Fail
            && let Some(why) = twins::other_reason(case, values.other.as_ref())
        {
            tried.judged = Judged::not_applicable(why);
        }
        if *control_outcome != ControlOutcome::Works {
            return tried;
        }
        let is_refused = |finding: &Finding| finding.refused;
        match tried.judged.verdict {
            Verdict::Pass => {}
            // If the server has another reason to refuse, it may choose the error.
            Verdict::Warn if tried.judged.findings.iter().all(is_refused) => {
                return self.refused_otherwise(plan, case, values, control_outcome, tried).await;
            }
            _ => return tried,
        }
        if hangs
            && tried.transcript.steps.iter().any(says_signed_out)
            && let Err(why) = self.session(case, values).await
        {
            tried.judged = why;
            return tried;
        }
        let beside = &mut tried.transcript.beside;
        if let Some(judged) = self.meaningless(plan, case, values, beside).await {
            tried.judged = judged;
            return tried;
        }
        let is_worse = |verdict| verdict != Verdict::Pass;
        match self.variant(plan, case, values, control_outcome, (beside, is_worse)).await {
            Ok(note) => tried.judged.reason = note,
            Err(variant) => return *variant,
        }
        tried
    }

    /// What a refusal with another error than expected is worth.
    async fn refused_otherwise(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
        mut tried: Tried,
    ) -> Tried {
        let beside = &mut tried.transcript.beside;
        if let Some(judged) = self.ungranted(case, values, beside).await {
            tried.judged = judged;
            return tried;
        }
        // What was refused for a reason of its own may be granted in another order.
        let is_worse = |verdict| verdict == Verdict::Fail;
        let variant = self.variant(plan, case, values, control_outcome, (beside, is_worse));
        variant.await.err().map_or(tried, |variant| *variant)
    }

    /// Tries the variants. The error is the first whose verdict is worse; the value is the judgment of
    /// one that could not be tried.
    async fn variant(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control_outcome: &ControlOutcome,
        (beside, is_worse): (&mut Vec<RefusalForm>, fn(Verdict) -> bool),
    ) -> Result<Option<String>, Box<Tried>> {
        let mut note = None;
        for variant in twins::variants(case) {
            let mut anew = values.anew();
            let transcript = self.perform(&variant.case, &mut anew, false).await;
            let judged = match variant.is_whole {
                true => judge::judge(plan, &variant.case, control_outcome, &transcript, &anew),
                false => judge::granted(plan, &variant.case, &transcript, &anew),
            };
            beside.extend(gateway::refusal_forms(&transcript));
            // A request that the server always fails to answer is not granted.
            let blocked = transcript.blocked();
            let is_temporary =
                !transcript.recurs && blocked.is_some_and(|(_, it)| it.is_temporary());
            if !variant.is_whole && judged.verdict == Verdict::Inconclusive && !is_temporary {
                let why = judged.reason.unwrap_or_default();
                note = Some(format!("a variant of it could not be tried: {why}"));
            } else if is_worse(judged.verdict) {
                *values = anew;
                return Err(Box::new(Tried { plan: plan.doing(variant.case), transcript, judged }));
            }
        }
        Ok(note)
    }

    /// Why a pass would mean nothing, if so.
    async fn meaningless(
        &self,
        plan: &Plan,
        case: &Case,
        values: &Values,
        beside: &mut Vec<RefusalForm>,
    ) -> Option<Judged> {
        if let Some(twin) = twins::without_event(case) {
            let mut anew = values.anew();
            let transcript = self.perform(&twin, &mut anew, false).await;
            beside.extend(gateway::refusal_forms(&transcript));
            let judged = judge::judge(plan, &twin, &ControlOutcome::Works, &transcript, &anew);
            let label = &twin.steps.last()?.label;
            return match judged.verdict {
                Verdict::Pass => Some(Judged::not_applicable(format!(
                    "{label} works here even when it should have become invalid, so its working \
                     proves nothing"
                ))),
                Verdict::Inconclusive => Some(judged),
                _ => None,
            };
        }
        self.ungranted(case, values, beside).await
    }

    /// Whether the server also refuses without the change that the case is about.
    async fn ungranted(
        &self,
        case: &Case,
        values: &Values,
        beside: &mut Vec<RefusalForm>,
    ) -> Option<Judged> {
        let (twin, how) = twins::granted(case)?;
        let mut anew = values.anew();
        let mut transcript = self.perform(&twin, &mut anew, false).await;
        if transcript.steps.iter().any(says_signed_out) {
            // Another case may have ended the session.
            if let Err(why) = self.session(case, values).await {
                return Some(why);
            }
            anew = values.anew();
            transcript = self.perform(&twin, &mut anew, false).await;
        }
        beside.extend(gateway::refusal_forms(&transcript));
        if let Some((step, blocked)) = transcript.blocked() {
            return Some(Judged::inconclusive(format!("at {}, {how}: {blocked}", step.label)));
        }
        if transcript.steps.last()?.outcome.is_grant() {
            return None;
        }
        let refused = transcript.steps.iter().find(|step| !step.outcome.is_grant())?;
        let seen = self.names_of(&twin, &transcript, &anew).tell(&describe(refused));
        let label = &refused.label;
        let why =
            format!("it is refused {how} too, so a refusal proves nothing: at {label}: {seen}");
        Some(match how {
            // The server says that it takes proofs.
            twins::WITH_PROOF => Judged::inconclusive(why),
            _ => Judged::not_applicable(why),
        })
    }

    /// Makes sure that the user is signed in: the first or second visit shows no sign-in page.
    /// Otherwise returns the judgment.
    async fn session(&self, case: &Case, values: &Values) -> Result<(), Judged> {
        let visit = case.steps.iter().map(|step| step.kind).find(|kind| kind.is_visit());
        let flow = [visit.unwrap_or(StepKind::Authorize)];
        for _ in 0..2 {
            let control = control::run(self, &flow, values.anew()).await;
            let asks = |step: &Performed| step.asked.contains(&Asked::SignIn);
            if let ControlOutcome::Refused { why, .. } | ControlOutcome::Blocked { why, .. } =
                control.outcome
            {
                let why = format!("cannot tell whether the user is signed in {why}");
                return Err(Judged::inconclusive(why));
            }
            if !control.transcript.steps.iter().any(asks) {
                return Ok(());
            }
        }
        // A user who has just signed in is asked again, so the server keeps no session that the
        // case could test.
        Err(Judged::not_applicable(
            "the server asks for the password at each visit, so there is no session",
        ))
    }
}

fn says_signed_out(step: &Performed) -> bool {
    matches!(step.outcome, Outcome::Landed(_))
        && step.outcome.error().as_deref() == Some(LOGIN_REQUIRED)
}

impl Plan {
    /// The same with another case in place of its own.
    fn doing(&self, case: Case) -> Self {
        let mut plan = self.clone();
        if let PlanKind::Case { case: own, .. } = &mut plan.what {
            *own = Arc::new(case);
        }
        plan
    }
}
