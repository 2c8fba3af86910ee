//! The pushed authorization request (RFC9126 §2.1), and the visit that refers to it.

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{CLIENT_ID, REQUEST_URI};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::values::Values;
use crate::target::Client;

/// What is missing if the server names no endpoint.
pub(in crate::run) const NO_ENDPOINT: &str =
    "the metadata names no pushed_authorization_request_endpoint, and nor does the target file";

/// The request with which the client pushes this authorization request.
pub(in crate::run) fn of(
    authorization: &Request,
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let url = endpoints.push.as_ref().ok_or(NO_ENDPOINT)?;
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

/// The same for showing it, with a name in place of the request URI.
pub(in crate::run) fn named_reference(authorization: &Request, client: &Client) -> Request {
    let mut request = reference(authorization, client);
    request.params_mut().set(REQUEST_URI, format!("[{REQUEST_URI}]"));
    request
}
