//! What a case leaves open: the server is free to choose, and chose the option without
//! requirements.

use super::seen::describe;
use super::transcript::{Outcome, Performed, Transcript};
use crate::agent::Landing;
use crate::oauth::names::{POST_LOGOUT_REDIRECT_URI, REDIRECT_URI};
use crate::suite::{AnyOf, Case, Expect, LandingKind, StepKind};

/// Why a step that was not reached proves nothing, if that is not the server's fault: it was free
/// to refuse an earlier request, or to omit what this step would send.
pub(super) fn left_open(case: &Case, transcript: &Transcript, last: &Performed) -> Option<String> {
    let step = case.steps.iter().find(|step| step.label == last.label)?;
    let may_do_either = |expect: &AnyOf<Expect>| {
        expect.any(Expect::is_success) && !expect.iter().all(Expect::is_success)
    };
    if last.outcome.is_refusal() && step.expect.as_ref().is_some_and(may_do_either) {
        return Some(format!("the server does not do this, and need not: {}", describe(last)));
    }
    let missing = transcript.steps.iter().find_map(|step| match &step.outcome {
        Outcome::NotReached(why) => Some(why),
        _ => None,
    })?;
    // The earlier request worked, and nothing more was required of it.
    (last.outcome.is_grant() && step.expect.is_none())
        .then(|| format!("{missing}, and need not be"))
}

/// Whether the answer is a refusal. An inactive token counts, as that is the answer to clients that
/// may not know (RFC7662 §2.2).
pub(super) fn refuses(performed: &Performed) -> bool {
    let is_inactive = || {
        let answer = performed.answer();
        let json = answer.and_then(|answer| answer.json()).unwrap_or_default();
        json.get(crate::oauth::names::ACTIVE) == Some(&false.into())
    };
    performed.outcome.is_refusal() || performed.kind == StepKind::Introspect && is_inactive()
}

/// Whether the user agent was sent to the client although only a page of the server is allowed:
/// whatever the error, that is not a page.
pub(super) fn is_sent_back(expect: &AnyOf<Expect>, performed: &Performed) -> bool {
    let is_page = |expect: &Expect| {
        let page = |landing: &AnyOf<LandingKind>| {
            landing.iter().all(|it| matches!(it, LandingKind::ErrorPage | LandingKind::Page))
        };
        expect.landing.as_ref().is_some_and(page)
    };
    matches!(performed.outcome, Outcome::Landed(Landing::Callback(_))) && expect.iter().all(is_page)
}

/// Whether the user agent was sent to an unregistered address from the request, which no valid flow
/// can explain.
pub(super) fn is_led_on(performed: &Performed) -> bool {
    let Outcome::Landed(Landing::Elsewhere(response)) = &performed.outcome else { return false };
    let request = performed.request.as_ref();
    let named = request.and_then(|request| {
        let params = request.params();
        params.get(REDIRECT_URI).or_else(|| params.get(POST_LOGOUT_REDIRECT_URI))
    });
    named.is_some_and(|uri| response.went_to(uri))
}
