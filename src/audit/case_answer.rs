//! Reads the answer to a question from the result of a case.

use super::answer::{Answer, Basis};
use super::file::Refused;
use crate::agent::Landing;
use crate::oauth::names::{
    ERROR, UNAUTHORIZED_CLIENT, UNSUPPORTED_GRANT_TYPE, UNSUPPORTED_RESPONSE_TYPE,
};
use crate::run::{CaseResult, FORGOT, Outcome, Performed, PlanKind, Verdict, describe, sent};
use crate::suite::{Step, StepKind};
use crate::wire::printable;

/// How to read the result of a case.
pub(super) struct Reading<'a> {
    /// The parameters that an answer must not contain; if there are any, nothing else counts.
    pub(super) brings: &'a [String],
    /// The meaning of a server error that says that the client may not do what the case does.
    pub(super) refused: Refused,
    /// Whether the server has shown that it knows the client.
    pub(super) is_known: bool,
    /// Whether a case without a suitable client makes the answer unknown, rather than not applicable.
    pub(super) is_blind: bool,
    /// What the server said, if it does not let the client use codes at all.
    pub(super) barred: Option<&'a str>,
}

/// The answer of a case, and what was seen.
pub(super) struct CaseAnswer {
    pub(super) answer: Answer,
    pub(super) ground: Basis,
}

impl Reading<'_> {
    /// Reads a case.
    pub(super) fn sign(&self, result: &CaseResult) -> CaseAnswer {
        let is_forgotten = result.transcript.steps.iter().any(|step| step.forgotten.is_some());
        let (answer, says) = match self.brought(result) {
            Some(says) => (Answer::No, says),
            None if is_forgotten && !self.brings.is_empty() => (Answer::Unknown, FORGOT.to_owned()),
            None => self.judged(result),
        };
        let says = printable(&result.names.tell(&says)).replace('\n', " ");
        CaseAnswer {
            answer,
            ground: Basis { case: result.plan.id.as_str().into(), seen: says.into() },
        }
    }

    /// The answers with forbidden parameters, with their requests.
    fn brought(&self, result: &CaseResult) -> Option<String> {
        let one = |(index, step): (usize, &Performed)| {
            let names: Vec<_> = self.brings.iter().filter(|name| step.outcome.has(name)).collect();
            let name = names.first()?;
            let how = match &step.outcome {
                Outcome::Landed(Landing::Callback(it) | Landing::Elsewhere(it)) => {
                    format!(" by {}", it.mode)
                }
                _ => String::new(),
            };
            Some(format!("{}: {name}{how}", asked(result, index, step)))
        };
        // Earlier steps are the valid flow, which may contain them.
        let begins = |(index, step): &(usize, &Performed)| {
            step.changed || planned(result, *index).is_some_and(|it| it.expect.is_some())
        };
        let steps = result.transcript.steps.iter().enumerate();
        let found: Vec<_> = steps.skip_while(|step| !begins(step)).filter_map(one).collect();
        (!found.is_empty()).then(|| found.join("; "))
    }

    fn judged(&self, result: &CaseResult) -> (Answer, String) {
        let reason = || result.judged.reason.clone().unwrap_or_default();
        match result.judged.verdict {
            // There was no client to run it with, or it was not to be run.
            Verdict::NotApplicable if self.is_blind && is_unplanned(result) => {
                (Answer::Unknown, reason())
            }
            Verdict::NotApplicable => (Answer::NotApplicable, reason()),
            Verdict::Inconclusive => match (may_not(result, self.is_known), self.refused) {
                (Some((_, says)), Refused::No) => (Answer::No, says),
                (Some((true, says)), Refused::Yes) => (Answer::Yes, says),
                (Some((_, says)), Refused::Fine) => (Answer::NotApplicable, says),
                (None, Refused::Fine) => match self.barred {
                    Some(says) => (Answer::NotApplicable, says.to_owned()),
                    None => (Answer::Unknown, reason()),
                },
                _ => (Answer::Unknown, reason()),
            },
            // Whatever else was wrong, no forbidden parameter was there.
            _ if !self.brings.is_empty() => (Answer::Yes, seen(result)),
            _ if self.refused != Refused::No && is_stuck(result) => {
                (Answer::Unknown, format!("the valid flow does not work: {}", seen(result)))
            }
            _ => match result.judged.findings.iter().find(|finding| !finding.refused) {
                Some(finding) => {
                    let (sent, actual) = (&finding.sent, &finding.actual);
                    (Answer::No, format!("{sent}: {actual}"))
                }
                None => (Answer::Yes, seen(result)),
            },
        }
    }
}

/// The request of a step in short, with the changes of earlier steps.
fn asked(result: &CaseResult, index: usize, step: &Performed) -> String {
    let told = |index: usize, step: &Performed| {
        sent(step.request.as_ref(), planned(result, index).unwrap_or(&nothing()))
    };
    let before = result.transcript.steps[..index].iter().enumerate();
    // Visits do not depend on earlier visits.
    let before = before.filter(|(_, before)| before.changed && !step.kind.is_visit());
    let mut parts: Vec<_> = before.map(|(index, before)| told(index, before)).collect();
    parts.push(told(index, step));
    parts.join(", ")
}

fn planned(result: &CaseResult, index: usize) -> Option<&Step> {
    match &result.plan.what {
        PlanKind::Case { case, .. } => case.steps.get(index),
        _ => None,
    }
}

/// What was seen at the last judged step.
fn seen(result: &CaseResult) -> String {
    let steps = result.transcript.steps.iter();
    let reached = |step: &&Performed| !matches!(step.outcome, Outcome::NotReached(_));
    steps.rev().find(reached).map(describe).unwrap_or_default()
}

/// What the server said, if it said that the client may not do this, and whether that answered a
/// changed request. None if something else may be wrong, such as an unknown client.
fn may_not(result: &CaseResult, is_known: bool) -> Option<(bool, String)> {
    let refusal = result.transcript.steps.iter().find(|step| step.outcome.is_refusal())?;
    let error = refusal.outcome.error()?;
    let landed = matches!(refusal.outcome, Outcome::Landed(Landing::Callback(_)));
    let is_told = match error.as_str() {
        UNSUPPORTED_GRANT_TYPE => true,
        UNAUTHORIZED_CLIENT | UNSUPPORTED_RESPONSE_TYPE => landed || is_known,
        _ => false,
    };
    is_told.then(|| (refusal.changed, format!("the server says {ERROR}={error}")))
}

/// What the server said, if it refused the client a code because of its registration alone.
pub(super) fn barred(results: &[&CaseResult]) -> Option<String> {
    let mut told = results.iter().filter(|it| it.judged.verdict == Verdict::Inconclusive);
    told.find_map(|result| may_not(result, false).filter(|(changed, _)| !changed))
        .map(|(_, says)| says)
}

/// Whether the server refused an unchanged step that is not a second attempt: then the flow is
/// broken, not what the case tests.
fn is_stuck(result: &CaseResult) -> bool {
    let mut known = Vec::new();
    let is_case = matches!(result.plan.what, PlanKind::Case { .. });
    // A refusal after a change may be due to the change.
    let mut before = result.transcript.steps.iter().take_while(|step| !step.changed);
    let refused = |step: &Performed| {
        let is_first = !known.contains(&step.kind);
        known.push(step.kind);
        // Any answer to a preflight counts as an answer.
        is_first && !step.kind.is_preflight() && step.outcome.is_refusal()
    };
    is_case && before.any(refused)
}

/// Whether the case was not to be run.
fn is_unplanned(result: &CaseResult) -> bool {
    matches!(result.plan.what, PlanKind::NotApplicable(_))
}

/// A placeholder step.
fn nothing() -> Step {
    Step::unchanged("", StepKind::Metadata)
}

/// Whether the server has shown that it knows the client, by answering at its redirect URI.
pub(super) fn knows(results: &[&CaseResult]) -> bool {
    let landed = |step: &Performed| matches!(step.outcome, Outcome::Landed(Landing::Callback(_)));
    results.iter().flat_map(|result| &result.transcript.steps).any(landed)
}
