//! What is different for an authorization request that is passed as an object (RFC9101): some
//! changes cannot be made there, and without a key there is none.

use super::discover::Endpoints;
use super::request_form::{form_of, refers};
use super::verdict::Judged;
use crate::oauth::jws::Signer;
use crate::oauth::names::{CLIENT_ID, REQUEST, REQUEST_PARAMETER_SUPPORTED, REQUEST_URI};
use crate::oauth::{Request, RequestForm, jwt};
use crate::suite::{Case, Change, Step, StepKind};
use crate::target::Client;

/// The judgment of a case that cannot be tried, or cannot be meant, with request objects of this
/// client.
pub(super) fn unfit(case: &Case, client: &Client) -> Option<Judged> {
    let is_object = |(index, step): &(usize, &Step)| {
        !refers(case, *index) && form_of(step, client).is_some_and(RequestForm::is_object)
    };
    let steps = case.steps.iter().enumerate().filter(is_object).map(|(_, step)| step);
    let steps: Vec<_> = steps.collect();
    if !steps.is_empty() && client.signer.is_none() && !case.registers_keys() {
        return Some(Judged::not_applicable(format!(
            "the client {} has no key to sign request objects with",
            client.name
        )));
    }
    if steps.iter().any(|step| names_key(step)) && matches!(client.signer, Some(Signer::Secret(..)))
    {
        return Some(Judged::not_applicable(format!(
            "the client {} signs with its secret, which has no name",
            client.name
        )));
    }
    let why = steps.iter().find_map(|step| unmeant(step.kind, step.change.as_ref()?))?;
    Some(Judged::not_applicable(format!(
        "the client {} passes its requests in signed objects, where {why}",
        client.name
    )))
}

/// Whether the object says which key has signed it.
fn names_key(step: &Step) -> bool {
    let object = step.change.as_ref().and_then(|change| change.object.as_ref());
    object.is_some_and(|object| object.header.set.contains_key("kid"))
}

/// Whether the server takes request objects, by the target file or the metadata, and what is missing
/// otherwise.
pub(super) fn are_taken(
    is_stated: bool,
    client: &Client,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    let of_openid = endpoints.openid.iter().map(|(_, metadata)| metadata);
    let mut all = of_openid.chain([&endpoints.metadata]);
    (
        is_stated
            || client.request.is_object()
            || all.any(|metadata| metadata.flag(REQUEST_PARAMETER_SUPPORTED)),
        "neither the metadata nor the target file says that the server takes request objects",
    )
}

/// The value of this parameter in a request that is passed as an object, or several if it is not the
/// same in the object and beside it; none if it is not in the object.
pub(super) fn sent(packed: &Request, name: &str) -> Vec<String> {
    let object = packed.params().get(REQUEST).and_then(jwt::parts);
    let inside = object.as_ref().and_then(|(_, claims)| claims.get(name)?.as_str());
    // Whether what stands beside the object alone counts, depends on the specification.
    let Some(inside) = inside else { return Vec::new() };
    let mut all: Vec<_> = packed.params().all(name).map(str::to_owned).collect();
    all.push(inside.to_owned());
    all.dedup();
    all
}

/// Why the change cannot be made to a request in an object.
fn unmeant(kind: StepKind, change: &Change) -> Option<&'static str> {
    if change.object.is_some() {
        return None;
    }
    match () {
        () if !change.repeat.is_empty() => {
            Some("no parameter is repeated, as they are members of JSON")
        }
        () if !change.query.is_empty() => Some("no parameter is elsewhere"),
        () if change.set.values().any(|value| value.to_string().is_empty()) => {
            Some("an empty text is not as good as none")
        }
        () if change.changes(CLIENT_ID) => {
            Some("client_id also says whose key signs; the suite signed-requests tries that")
        }
        // At a push, what refers to another request stands beside the object.
        () if change.changes(REQUEST) || kind != StepKind::Push && change.changes(REQUEST_URI) => {
            Some("no other request can be put into it or referred to")
        }
        () => None,
    }
}
