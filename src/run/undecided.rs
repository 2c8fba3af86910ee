//! What a case leaves open: where the server may go either way, and has gone the one of which nothing is
//! asked.

use super::seen::describe;
use super::transcript::{Outcome, Performed, Transcript};
use crate::agent::Landing;
use crate::oauth::names::REDIRECT_URI;
use crate::suite::{AnyOf, Case, Expect, LandingKind, StepKind};

/// Why nothing is to be said of a step that was not reached, where that is no fault of the server: it was
/// free to refuse what came before, or to leave out what this step would send.
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
    // What came before has worked, and more than that was not asked of it.
    (last.outcome.is_grant() && step.expect.is_none())
        .then(|| format!("{missing}, and need not be"))
}

/// Whether the answer refuses: also by saying of a token that it is not active, which is what those are
/// told who may not know (RFC7662 §2.2).
pub(super) fn refuses(performed: &Performed) -> bool {
    let is_inactive = || {
        let answer = performed.answer();
        let json = answer.and_then(|answer| answer.json()).unwrap_or_default();
        json.get(crate::oauth::names::ACTIVE) == Some(&false.into())
    };
    performed.outcome.is_refusal() || performed.kind == StepKind::Introspect && is_inactive()
}

/// Whether whoever visited was sent to the client where nothing but a page of the server's own will do: by
/// whatever error, that was no page.
pub(super) fn is_sent_back(expect: &AnyOf<Expect>, performed: &Performed) -> bool {
    let is_page = |expect: &Expect| {
        let page =
            |landing: &AnyOf<LandingKind>| landing.iter().all(|it| *it == LandingKind::ErrorPage);
        expect.landing.as_ref().is_some_and(page)
    };
    matches!(performed.outcome, Outcome::Landed(Landing::Callback(_))) && expect.iter().all(is_page)
}

/// Whether whoever visited was sent to where the request named and nobody is registered, which a valid flow
/// has no say in.
pub(super) fn is_led_on(performed: &Performed) -> bool {
    let Outcome::Landed(Landing::Elsewhere(response)) = &performed.outcome else { return false };
    let request = performed.request.as_ref();
    let named = request.and_then(|request| request.params().get(REDIRECT_URI));
    named.is_some_and(|uri| response.went_to(uri))
}
