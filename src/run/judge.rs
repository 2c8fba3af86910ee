//! Judging: turns a transcript into a verdict, without any I/O.

use super::compare::mismatches;
use super::control::{ControlOutcome, HINT, looks_misconfigured};
use super::early_refusal;
use super::mismatch::Mismatch;
use super::plan::Plan;
use super::preconditions::{self, is_empty_success, is_no_answer};
use super::pushed::{self, Refused};
use super::seen::{describe, sent};
use super::server_jwt;
use super::transcript::{Outcome, Performed, Transcript};
use super::undecided::{is_led_on, is_sent_back, left_open, refuses};
use super::values::Values;
use super::verdict::{Finding, Judged, Verdict};
use super::visit_checks;
use crate::agent::Landing;
use crate::suite::{AnyOf, Asked, Case, ClientKind, Expect, Invariant, Status, Step, StepKind};
use crate::wire::Blocked;

/// Judges a case, given the result of the unchanged flow and what was seen.
pub fn judge(
    plan: &Plan,
    case: &Case,
    control: &ControlOutcome,
    transcript: &Transcript,
    values: &Values,
) -> Judged {
    if let ControlOutcome::Blocked { why, .. } = control {
        return Judged::inconclusive(format!("the valid flow could not be tried {why}"));
    }
    let case_judge = CaseJudge { plan, values };
    if let Some((_, Blocked::DoesNotApply(why))) = transcript.blocked() {
        return Judged::not_applicable(why);
    }
    if let Some((step, blocked)) = transcript.blocked() {
        let granted = case_judge.granted(case, transcript);
        return match control {
            // What was granted stays granted, whatever goes wrong later.
            _ if !granted.is_empty() => Judged::of(granted),
            // What was wrong then explains why nothing was learnt that would help now.
            ControlOutcome::Refused { why, misconfigured, .. } => no_control(why, *misconfigured),
            _ => {
                let crash =
                    transcript.is_crash.then(|| case_judge.crashed(case, transcript)).flatten();
                let why = || format!("at {}: {blocked}", step.label);
                crash.unwrap_or_else(|| Judged::inconclusive(why()))
            }
        };
    }
    let judged = case_judge.case(case, transcript);
    if let Some(judged) = pushed::new_redirect_uri(&judged, transcript, values) {
        return judged;
    }
    let is_granted = || judged.findings.iter().any(|finding| is_of_grant(finding, transcript));
    if *control == ControlOutcome::Works
        && let Some(why) = early_refusal::failed(case, transcript, values)
        && !is_granted()
    {
        return Judged::inconclusive(why);
    }
    match control {
        // This case tests whether the method works, and only the method is refused.
        ControlOutcome::Refused { method_alone: true, .. } if is_of_method(case) => judged,
        ControlOutcome::Refused { why, misconfigured, .. } => {
            without_control(case, transcript, values, judged, why, *misconfigured)
        }
        _ => judged,
    }
}

/// Judges a case only by what was granted in it.
pub(super) fn granted(
    plan: &Plan,
    case: &Case,
    transcript: &Transcript,
    values: &Values,
) -> Judged {
    let granted = CaseJudge { plan, values }.granted(case, transcript);
    match transcript.blocked() {
        Some((step, why)) if granted.is_empty() && !matches!(why, Blocked::DoesNotApply(_)) => {
            Judged::inconclusive(format!("at {}: {why}", step.label))
        }
        _ => {
            let judged = Judged::of(granted);
            pushed::new_redirect_uri(&judged, transcript, values).unwrap_or(judged)
        }
    }
}

/// Whether a case only tests that clients can authenticate by a method.
fn is_of_method(case: &Case) -> bool {
    let methods = [ClientKind::ClientSecretBasic, ClientKind::ClientSecretPost];
    methods.contains(&case.client)
        && case.is_unchanged()
        && case.flow() == [StepKind::Authorize, StepKind::Token]
}

/// What a judgment is worth if the unchanged flow was refused: that something was granted needs no
/// control, that it was refused does.
fn without_control(
    case: &Case,
    transcript: &Transcript,
    values: &Values,
    judged: Judged,
    why: &str,
    misconfigured: bool,
) -> Judged {
    let looks_wrong =
        misconfigured || transcript.steps.iter().any(|step| looks_misconfigured(&step.outcome));
    // No target file has a mistake in a client that the case itself has registered.
    let misconfigured = looks_wrong && !(case.registers() && case.is_unchanged());
    // If there is nothing to check, nothing needs proof.
    let is_moot = judged.verdict == Verdict::NotApplicable;
    // Only an unchanged step can be blamed on the server; what works needs no control.
    let at_unchanged = |finding: &Finding| {
        case.steps.iter().any(|step| step.label == finding.step && step.change.is_none())
    };
    // If a token of the implicit grant was issued, its refusal is not caused by the change.
    let of_implicit =
        case.flow().contains(&StepKind::Implicit) && judged.findings.iter().all(at_unchanged);
    let is_own = case.is_unchanged() || judged.findings.is_empty() || of_implicit;
    let is_own =
        is_own && !is_of_empty_success(&judged, case, transcript) && !was_push_refused(transcript);
    if expects_success(case) && is_own && !misconfigured || is_moot {
        return judged;
    }
    let granted = judged.findings.iter().any(|finding| is_of_grant(finding, transcript));
    // A client that only uses the implicit grant has no valid flow if the server lacks that grant.
    // But a response at its redirect URI shows that the server knows both, so that an error page in
    // place of it is about the request.
    let is_at_callback =
        |step: &Performed| matches!(step.outcome, Outcome::Landed(Landing::Callback(_)));
    let told = !values.client.uses_codes()
        // If its own flow was tried and refused, it is treated as any other client.
        && !case.flow().contains(&StepKind::Implicit)
        && transcript.steps.iter().any(is_at_callback)
        && transcript.steps.iter().all(|step| {
            step.outcome.is_refusal() || is_at_callback(step) && step.outcome.is_grant()
        });
    if (granted || told) && !expects_success(case) {
        return judged;
    }
    no_control(why, misconfigured)
}

/// Whether there was no visit because the push before it was refused, which is for the cases about pushes.
fn was_push_refused(transcript: &Transcript) -> bool {
    let is_refused =
        |step: &Performed| matches!(step.outcome, Outcome::Landed(Landing::PushRefused(_)));
    transcript.steps.iter().any(is_refused)
}

/// Whether the only finding is that a success is empty, while the case asks for nothing in
/// particular. The valid flow gets the same answer, so this says nothing about the case.
fn is_of_empty_success(judged: &Judged, case: &Case, transcript: &Transcript) -> bool {
    let is_empty_success = |finding: &Finding| {
        let steps = case.steps.iter().zip(&transcript.steps);
        let mut steps = steps.filter(|(_, performed)| performed.label == finding.step);
        steps.any(|(step, performed)| {
            let asks = |expect: &Expect| !expect.has.is_empty() || !expect.typed.is_empty();
            let is_page = performed.answer().is_some_and(|answer| answer.json().is_none());
            let asks = step.expect.as_ref().is_some_and(|it| it.any(asks));
            is_no_answer(performed) && (is_page || !asks)
        })
    };
    !judged.findings.is_empty() && judged.findings.iter().all(is_empty_success)
}

/// Whether the finding is that something was granted, which needs no control.
fn is_of_grant(finding: &Finding, transcript: &Transcript) -> bool {
    let step = transcript.steps.iter().find(|step| step.label == finding.step);
    !finding.refused && step.is_some_and(|step| step.outcome.is_grant() || is_led_on(step))
}

fn no_control(why: &str, misconfigured: bool) -> Judged {
    let hint = if misconfigured { HINT } else { "" };
    Judged::inconclusive(format!(
        "the valid flow does not work for this client, so this refusal proves nothing: {why}{hint}"
    ))
}

/// Whether all expectations can only be checked on a success.
fn expects_success(case: &Case) -> bool {
    case.steps.iter().filter_map(|step| step.expect.as_ref()).all(is_success)
}

pub(super) fn is_success(expect: &AnyOf<Expect>) -> bool {
    expect.iter().filter(|expect| expect.moot.is_none()).all(Expect::is_success)
}

/// Whether the expectation is a refusal, by its error or status.
fn expects_refusal(expect: &Expect) -> bool {
    let refuses = |status: &AnyOf<Status>| status.iter().all(|status| status.0 >= 400);
    expect.error.is_some() || expect.status.as_ref().is_some_and(refuses)
}

/// Whether the user has signed in at an earlier step that must not ask for that: what the server asks
/// for later depends on it.
fn signed_in_again(case: &Case, transcript: &Transcript, index: usize) -> bool {
    let must_not = |it: &Expect| it.asks_not.contains(&Asked::SignIn);
    let mut earlier = case.steps[..index].iter().zip(&transcript.steps);
    earlier.any(|(step, performed)| {
        performed.asked.contains(&Asked::SignIn)
            && step.expect.as_ref().is_some_and(|expect| expect.any(must_not))
    })
}

/// Whether it is about what the user is asked.
fn is_about_asking(expect: &Expect) -> bool {
    !(expect.asks.is_empty() && expect.asks_not.is_empty())
}

pub(super) struct CaseJudge<'a> {
    plan: &'a Plan,
    values: &'a Values,
}

impl CaseJudge<'_> {
    fn case(&self, case: &Case, transcript: &Transcript) -> Judged {
        let mut findings = Vec::new();
        for (index, step) in case.steps.iter().enumerate() {
            let Some(expect) = &step.expect else { continue };
            let is_other_session = !findings.is_empty() && signed_in_again(case, transcript, index);
            if is_other_session && expect.any(is_about_asking) {
                break;
            }
            let performed = transcript.steps.get(index);
            match performed.map(|it| &it.outcome) {
                None | Some(Outcome::NotReached(_)) => {
                    match self.not_reached(case, transcript, index, expect) {
                        Some(verdict) if findings.is_empty() => return verdict,
                        // What was seen earlier is what ended the flow.
                        _ => break,
                    }
                }
                Some(_) if performed.is_some_and(|it| hides_headers(expect, it)) => {
                    let why =
                        format!("at {}: the browser does not report header fields", step.label);
                    return Judged::inconclusive(why);
                }
                Some(_) => {
                    match performed.and_then(|it| Some((it, self.refused(expect, it)?))) {
                        Some((_, Refused::AsExpected)) => continue,
                        Some((_, Refused::Moot)) if findings.is_empty() => {
                            return Judged::not_applicable(pushed::NO_RESPONSE);
                        }
                        Some((_, Refused::Moot)) => continue,
                        Some((performed, Refused::OtherError(expected))) => {
                            let seen = describe(performed);
                            findings.push(self.finding(step, performed, expected, seen, true));
                            continue;
                        }
                        None => {}
                    }
                    let settled = performed.and_then(|it| self.settled(expect, it));
                    if let Some(judged) = settled.filter(|_| findings.is_empty()) {
                        return judged;
                    }
                    let unseen = performed.and_then(|it| self.undecided(step, expect, it));
                    if let Some(why) = unseen.filter(|_| findings.is_empty()) {
                        return Judged::inconclusive(format!("at {}: {why}", step.label));
                    }
                    findings.extend(performed.and_then(|it| self.step(step, expect, it)));
                }
            }
        }
        Judged::of(findings)
    }

    /// How a refusal of the push compares with what is expected of the visit.
    fn refused(&self, expect: &AnyOf<Expect>, performed: &Performed) -> Option<Refused> {
        pushed::refused(expect, performed, self.values)
    }

    /// Why the answer says nothing about the server, if it only matches such an alternative, or has a
    /// form that cannot be checked.
    fn moot(&self, expect: &AnyOf<Expect>, performed: &Performed) -> Option<String> {
        let fits = |expect: &&Expect| mismatches(expect, performed, self.values).is_empty();
        let fitting: Option<Vec<_>> =
            expect.iter().filter(fits).map(|expect| expect.moot.clone()).collect();
        let moot = fitting.and_then(|moot| moot.into_iter().next());
        moot.or_else(|| server_jwt::other_form(expect, performed, self.values).map(str::to_owned))
    }

    /// The judgment if what was seen here settles it: it says nothing about the server, or is all that the case wants.
    fn settled(&self, expect: &AnyOf<Expect>, performed: &Performed) -> Option<Judged> {
        if let Some(why) = self.moot(expect, performed) {
            return Some(Judged::not_applicable(why));
        }
        let fits = |expect: &Expect| mismatches(expect, performed, self.values).is_empty();
        expect.any(|expect| expect.enough && fits(expect)).then(Judged::pass)
    }

    /// What was granted despite an expected refusal, in a case that could not be completed.
    fn granted(&self, case: &Case, transcript: &Transcript) -> Vec<Finding> {
        let steps = case.steps.iter().zip(&transcript.steps);
        let findings = steps.filter_map(|(step, performed)| {
            let expect = step.expect.as_ref().filter(|expect| !is_success(expect))?;
            let is_granted = performed.outcome.is_grant() && !hides_headers(expect, performed);
            let is_sent_back = is_sent_back(expect, performed);
            let finding = (is_granted || is_sent_back).then(|| self.step(step, expect, performed));
            finding.flatten().filter(|it| is_sent_back || is_of_grant(it, transcript))
        });
        findings.collect()
    }

    /// The judgment if the flow ended before the judged step, or `None` if the server refused the
    /// changed request earlier than required.
    fn not_reached(
        &self,
        case: &Case,
        transcript: &Transcript,
        index: usize,
        expect: &AnyOf<Expect>,
    ) -> Option<Judged> {
        let performed: Vec<_> = transcript.steps[..index.min(transcript.steps.len())]
            .iter()
            .filter(|step| !matches!(step.outcome, Outcome::NotReached(_)))
            .collect();
        let missing = transcript.steps.iter().find_map(|step| match &step.outcome {
            Outcome::NotReached(why) => Some(why.as_str()),
            _ => None,
        });
        let Some(last) = performed.last() else {
            // The target file lacks what the first request needs, and no answer would supply it.
            let nothing = || Judged::inconclusive("no step could be taken");
            return Some(missing.map_or_else(nothing, Judged::not_applicable));
        };
        if !performed.iter().any(|step| step.changed) {
            let missing = missing.unwrap_or("the flow ended");
            let seen = describe(last);
            let why = format!("{missing}, though nothing was changed at {}: {seen}", last.label);
            return Some(Judged::inconclusive(why));
        }
        if let Some(why) = left_open(case, transcript, last) {
            return Some(Judged::not_applicable(why));
        }
        if is_success(expect) {
            let step = case.steps.iter().find(|step| step.label == last.label)?;
            let finding = self.finding(step, last, expect.to_string(), describe(last), false);
            return Some(Judged::of(vec![finding]));
        }
        // If no token was issued, its claims cannot be checked.
        let looks_inside = expect.iter().all(|expect| !expect.claim.is_empty());
        if last.outcome.is_refusal() && !looks_inside {
            return None;
        }
        let why = format!("neither granted nor refused at {}: {}", last.label, describe(last));
        Some(Judged::inconclusive(why))
    }

    /// Why the expectation cannot be checked: it holds, or would but for a part about something
    /// that is absent.
    fn unseen(&self, expect: &AnyOf<Expect>, performed: &Performed) -> Option<String> {
        let holds = |it: &Expect| mismatches(it, performed, self.values).is_empty();
        let mut unseen = None;
        for alternative in expect.iter() {
            let why = preconditions::lacking(alternative, performed, self.values);
            let is_met = holds(alternative) && !is_empty_success(alternative, performed);
            if is_met && (why.is_none() || alternative.moot.is_some()) {
                return None;
            }
            if is_met || why.is_some() && holds(&alternative.without_claims()) {
                unseen = why.or(unseen);
            }
        }
        unseen
    }

    /// Why the answer decides nothing, whether or not it is as expected.
    fn undecided(
        &self,
        step: &Step,
        expect: &AnyOf<Expect>,
        performed: &Performed,
    ) -> Option<String> {
        let unseen = self.unseen(expect, performed);
        unseen.or_else(|| self.asked_for_more(step, expect, performed))
    }

    /// What a page may have asked the user for, in place of what was expected.
    fn asked_for_more(
        &self,
        step: &Step,
        expect: &AnyOf<Expect>,
        performed: &Performed,
    ) -> Option<String> {
        let why = visit_checks::unknown_page(expect, performed)?;
        self.step(step, expect, performed).map(|_| why)
    }

    /// What is wrong at a step: at most one finding, about the alternative that is closest.
    fn step(&self, step: &Step, expect: &AnyOf<Expect>, performed: &Performed) -> Option<Finding> {
        let mut nearest: Option<(bool, &Expect, Vec<Mismatch>)> = None;
        for alternative in expect.iter() {
            let mut found = mismatches(alternative, performed, self.values);
            if found.is_empty() && is_empty_success(alternative, performed) {
                let (expected, actual) = (alternative.to_string(), describe(performed));
                found.push(Mismatch { expected, actual, of_refusal: false });
            }
            if found.is_empty() {
                return None;
            }
            let refused = expects_refusal(alternative)
                && refuses(performed)
                && found.iter().all(|mismatch| mismatch.of_refusal);
            if nearest.as_ref().is_none_or(|(known, ..)| refused && !known) {
                nearest = Some((refused, alternative, found));
            }
        }
        let (refused, alternative, mut found) = nearest?;
        let only = found.len() == 1 && expect.iter().len() == 1;
        let Mismatch { expected, actual, .. } = found.swap_remove(0);
        let expected = match (only, refused) {
            (true, _) => expected,
            (false, true) => alternative.to_string(),
            (false, false) => expect.to_string(),
        };
        Some(self.finding(step, performed, expected, actual, refused))
    }

    pub(super) fn finding(
        &self,
        step: &Step,
        performed: &Performed,
        expected: String,
        actual: String,
        refused: bool,
    ) -> Finding {
        let (cite, level, _) = self.plan.requirement();
        let sent = sent(performed.request.as_ref(), step);
        let step = performed.label.clone();
        Finding { cite: cite.clone(), level, expected, actual, sent, step, refused }
    }
}

/// Judges one step by an invariant. Empty if it does not apply.
pub(super) fn invariant(
    plan: &Plan,
    invariant: &Invariant,
    performed: &Performed,
    values: &Values,
) -> Option<Vec<Finding>> {
    let applies = performed.kind == invariant.kind
        && mismatches(&invariant.whenever, performed, values).is_empty()
        && invariant.then.any(|expect| preconditions::is_about(expect, performed));
    let case_judge = CaseJudge { plan, values };
    if applies && case_judge.unseen(&invariant.then, performed).is_some() {
        return None;
    }
    let is_over = matches!(performed.outcome, Outcome::Blocked(_) | Outcome::NotReached(_));
    if !applies || is_over || hides_headers(&invariant.then, performed) {
        return None;
    }
    let step = Step::unchanged(&performed.label, performed.kind);
    Some(case_judge.step(&step, &invariant.then, performed).into_iter().collect())
}

/// Whether header fields are expected of a visit by a browser that does not report them.
fn hides_headers(expect: &AnyOf<Expect>, performed: &Performed) -> bool {
    let asks = |expect: &Expect| !expect.header.is_empty() || !expect.lacks_header.is_empty();
    expect.any(asks) && performed.answer().is_none()
}
