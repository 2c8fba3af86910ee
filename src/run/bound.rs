//! What is different for a client whose access tokens are bound to a key (RFC9449), or to its
//! certificate (RFC8705).

use super::values::Values;
use crate::oauth::names::{ACCESS_TOKEN, DPOP, DPOP_JKT, REFRESH_TOKEN};
use crate::suite::{AnyOf, Case, Change, Expect, Step, StepKind, Template};
use crate::target::Client;

/// Why the case cannot be meant as this client, or `None` if it can.
pub(super) fn unfit(case: &Case, client: &Client) -> Option<String> {
    let is_rotated = client.is_public() && case.steps.iter().any(is_about_rotation);
    if client.binds_to_certificate() && is_rotated {
        return Some(format!(
            "the refresh tokens of the client {} are bound to its certificate, so that the server need \
             not replace them (RFC8705 §4)",
            client.name
        ));
    }
    if client.binds_to_certificate() && case.steps.iter().any(is_about_proof) {
        return Some(format!(
            "the access tokens of the client {} are bound to its certificate, and not to a key",
            client.name
        ));
    }
    if !client.sends_proofs() {
        return None;
    }
    let steps = || case.steps.iter().filter(|step| step.kind.uses_token());
    let shows_key = |step: &Step| {
        step.change.as_ref().is_some_and(|it| it.proof.is_some() || it.proofs.is_some())
    };
    let name = &client.name;
    if steps().any(|step| !shows_key(step) && step.change.as_ref().is_some_and(sends_as_bearer)) {
        return Some(format!(
            "the access tokens of the client {name} are bound to a key, so that they are sent with \
             a proof and the scheme DPoP only (RFC9449 §7.1)"
        ));
    }
    if is_rotated {
        return Some(format!(
            "the refresh tokens of the client {name} are bound to a key, so that the server need not \
             replace them (RFC9449 §5)"
        ));
    }
    // What makes the case moot is not asked for.
    let names = |expect: &Expect| expect.moot.is_none() && names_bearer(expect);
    let asks = |expect: &AnyOf<Expect>| expect.any(names);
    steps().any(|step| step.expect.as_ref().is_some_and(asks)).then(|| {
        format!(
            "the access tokens of the client {name} are bound to a key, so that a challenge need not \
             name Bearer (RFC9449 §7.1)"
        )
    })
}

/// Why nothing can be learnt from how a token is used in this step: it is about a bound one, and the
/// server has issued another, as it may (RFC9449 §5). A token that nobody asked to be bound is what the
/// case is about.
pub(super) fn unbound(step: &Step, values: &Values) -> Option<&'static str> {
    let change = step.change.as_ref().filter(|_| step.kind.uses_token())?;
    let is_about_bound = change.proof.is_some() || change.proofs.is_some();
    let of_unbound = |template: &Template| template.to_string().starts_with("DPoP");
    let is_about_unbound = change.header.get("authorization").is_some_and(of_unbound);
    (is_about_bound && !is_about_unbound && !values.is_bound() && values.has_proved())
        .then_some("the server issued an access token that is not bound to a key")
}

/// Whether the step has a proof that the client holds a key, or lacks one.
fn is_about_proof(step: &Step) -> bool {
    let names = |change: &Change| {
        change.proof.is_some()
            || change.proofs.is_some()
            || change.header.contains_key(DPOP)
            || change.changes(DPOP_JKT)
    };
    step.change.iter().chain(&step.given).any(names)
}

/// Whether the change sends an access token in another way than a bound one is sent.
fn sends_as_bearer(change: &Change) -> bool {
    change.set.contains_key(ACCESS_TOKEN)
        || change.repeat.contains_key(ACCESS_TOKEN)
        || change.header.contains_key("authorization")
}

/// Whether the step shows that refresh tokens are replaced: it uses one that was replaced, or one of
/// which only one successor may work.
fn is_about_rotation(step: &Step) -> bool {
    let is_first = |template: &Template| template.to_string() == "[first.refresh_token]";
    step.kind == StepKind::Refresh
        && step.change.as_ref().is_some_and(|change| {
            change.set.get(REFRESH_TOKEN).is_some_and(is_first) || change.parallel.is_some()
        })
}

/// Whether a challenge for bearer tokens is expected.
fn names_bearer(expect: &Expect) -> bool {
    let is_bearer = |wanted: &Template| wanted.to_string().eq_ignore_ascii_case("bearer");
    let challenges = expect.header.iter().filter(|(name, _)| name.as_str() == "www-authenticate");
    challenges.into_iter().any(|(_, wanted)| wanted.any(is_bearer))
}
