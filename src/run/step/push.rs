//! The pushed authorization request (RFC9126 §2.1), and the visit that refers to it.

use super::answers::answers;
use super::authenticate::authenticate;
use super::authorize;
use crate::oauth::Request;
use crate::oauth::names::{CLIENT_ID, REQUEST_URI};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::{Placeholder, StepKind};
use crate::target::Client;

/// What is missing if the server names no endpoint.
pub(in crate::run) const NO_ENDPOINT: &str =
    "the metadata names no pushed_authorization_request_endpoint, and nor does the target file";

/// The push of the client's valid authorization request.
pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    of(&authorize::request(values, client, endpoints), values, client, endpoints)
}

/// The request with which the client pushes this authorization request.
pub(in crate::run) fn of(
    authorization: &Request,
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let url = endpoints.of(client).push.as_ref().ok_or(NO_ENDPOINT)?;
    let mut request = Request::new(Method::Post, url);
    request.body = authorization.params().clone();
    authenticate(&mut request, values, client);
    Ok(request)
}

/// What the user agent sends in place of this authorization request (RFC9126 §4), without the
/// request URI.
pub(in crate::run) fn reference(authorization: &Request, client: &Client) -> Request {
    let mut request = Request::new(Method::Get, &authorization.endpoint);
    request.query.set(CLIENT_ID, &client.id);
    request.by(authorization.method)
}

/// The same with the reference to what was pushed.
pub(in crate::run) fn referring(
    authorization: &Request,
    values: &Values,
    client: &Client,
) -> Result<Request, String> {
    let uri = values.get(Placeholder::RequestUri).ok_or("there is no reference to a request")?;
    let mut request = reference(authorization, client);
    request.params_mut().set(REQUEST_URI, uri);
    Ok(request)
}

/// Whether the push was accepted: the status is judged by a case.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if (200..300).contains(&answer.status) && answers(StepKind::Push, answer))
}
