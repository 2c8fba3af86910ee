//! What is different for a client that pushes its authorization requests (RFC9126): the server may
//! refuse one before there is a visit, and some changes mean something else.

use super::compare::mismatches;
use super::discover::Endpoints;
use super::request_form::{is_pushed, refers};
use super::step::NO_PUSH_ENDPOINT;
use super::transcript::{Outcome, Performed, Transcript};
use super::undecided::is_led_on;
use super::values::Values;
use super::verdict::Judged;
use crate::agent::Landing;
use crate::oauth::names::{CLIENT_ID, ERROR, REDIRECT_URI, REQUEST, REQUEST_URI};
use crate::suite::{AnyOf, Case, Expect, LandingKind, Step};
use crate::target::Client;

/// Why there is nothing to check if a request was refused when it was pushed.
pub(super) const NO_RESPONSE: &str = "the server refused the request when it was pushed, so that there is no \
                           authorization response, and no page, to check";

/// Why it proves nothing that an unknown redirect URI was used.
const NEW_REDIRECT_URI: &str = "the server takes redirect URIs that are not registered from a \
                                client that authenticates when it pushes, as RFC9126 §2.4 allows";

/// The judgment of a case that cannot be tried, or cannot be meant, as a client that pushes.
pub(super) fn unfit(case: &Case, client: &Client, endpoints: &Endpoints) -> Option<Judged> {
    let pushes = |(index, step): &(usize, &Step)| is_pushed(step, client) && !refers(case, *index);
    let steps = case.steps.iter().enumerate().filter(pushes);
    let mut steps = steps.map(|(_, step)| step).peekable();
    steps.peek()?;
    if endpoints.push.is_none() && endpoints.unread.is_none() {
        let why = format!(
            "the client {} pushes its requests, but {NO_PUSH_ENDPOINT}; write `endpoint.push = \
             \"…\"`, or leave `request` out",
            client.name
        );
        return Some(Judged::inconclusive(why));
    }
    let unmeant = steps.filter_map(|step| step.change.as_ref()).find_map(|change| {
        // An object is pushed by a client that authenticates, and so names itself (RFC9126 §2.1).
        let lacks = |name: &str| {
            change.beside.as_ref().is_some_and(|beside| beside.omit.iter().any(|it| it == name))
        };
        let names = |name: &&str| change.changes(name) || lacks(name);
        [CLIENT_ID, REQUEST, REQUEST_URI].into_iter().find(names)
    })?;
    let why = match unmeant {
        CLIENT_ID => "client_id also says who pushes",
        _ => "no other request can be put into it or referred to",
    };
    Some(Judged::not_applicable(format!(
        "the client {} pushes its requests, where {why}; the suite pushed-requests tries that",
        client.name
    )))
}

/// How a refusal compares with an expectation about a visit that it has prevented.
pub(super) enum Refused {
    /// It is what is expected.
    AsExpected,
    /// There is nothing to check: see [`NO_RESPONSE`].
    Moot,
    /// It is expected, with another error.
    OtherError(String),
}

/// Compares a refusal of the push with what is expected of the visit. `None` if the request was not
/// refused at the push, or if it should not have been.
///
/// The server refuses with the errors of the authorization endpoint, but neither by a redirect nor
/// by a page (RFC9126 §2.3).
pub(super) fn refused(
    expect: &AnyOf<Expect>,
    performed: &Performed,
    values: &Values,
) -> Option<Refused> {
    let Outcome::Landed(Landing::PushRefused(_)) = performed.outcome else { return None };
    let refusals: Vec<_> = expect.iter().filter(|it| is_refusal(it)).collect();
    let fits = |bare: &Expect| mismatches(bare, performed, values).is_empty();
    let judged: Vec<_> = refusals.iter().filter(|it| it.moot.is_none()).collect();
    if judged.iter().any(|it| bare(it).is_some_and(|bare| fits(&bare))) {
        return Some(Refused::AsExpected);
    }
    match judged.first() {
        Some(wanted) if judged.iter().all(|it| bare(it).is_some()) => {
            Some(Refused::OtherError(wanted.to_string()))
        }
        None if refusals.is_empty() => None,
        _ => Some(Refused::Moot),
    }
}

/// Whether the expectation is a refusal.
fn is_refusal(expect: &Expect) -> bool {
    let ends = |kind: &LandingKind| matches!(kind, LandingKind::ErrorPage | LandingKind::Page);
    expect.error.is_some()
        || expect.param.contains_key(ERROR)
        || expect.landing.as_ref().is_some_and(|landing| landing.any(ends))
}

/// What remains of the expectation if there was no visit: the error, and what must not be issued.
/// `None` if it is also about a response or a page.
fn bare(expect: &Expect) -> Option<Expect> {
    let bare =
        Expect { error: expect.error.clone(), lacks: expect.lacks.clone(), ..Expect::default() };
    let rest = Expect {
        landing: None,
        status: None,
        error: None,
        moot: None,
        lacks: Vec::new(),
        ..expect.clone()
    };
    rest.is_empty().then_some(bare)
}

/// The judgment if all that is wrong is that a redirect URI was used that is not registered, and
/// the server may take that from this client.
pub(super) fn new_redirect_uri(
    judged: &Judged,
    transcript: &Transcript,
    values: &Values,
) -> Option<Judged> {
    let client = &values.client;
    if !client.pushes() || client.is_public() || judged.findings.is_empty() {
        return None;
    }
    let is_new = |step: &&Performed| {
        let uri = step.request.as_ref().and_then(|request| request.params().get(REDIRECT_URI));
        step.push.is_some()
            && uri.is_some_and(|uri| !client.redirect_uris.iter().any(|known| known == uri))
            && (step.outcome.is_grant() || is_led_on(step))
    };
    transcript.steps.iter().find(is_new)?;
    Some(Judged::not_applicable(NEW_REDIRECT_URI))
}
