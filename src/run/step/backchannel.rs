//! The request with which the server tells a client that a session has ended (OpenID.BackChannel
//! §2.5). It is the only step whose request comes from the server.

use crate::oauth::Request;
use crate::oauth::names::LOGOUT_TOKEN;
use crate::oauth::request::Method;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

/// What is expected to arrive.
pub(super) fn request(values: &Values, client: &Client) -> Result<Request, String> {
    let missing = || format!("the client {} has no backchannel_logout_uri", client.name);
    let uri = client.backchannel_logout_uri.as_ref().ok_or_else(missing)?;
    let mut request = Request::new(Method::Post, uri);
    request.body.set(LOGOUT_TOKEN, values.get(Placeholder::LogoutToken).unwrap_or_default());
    Ok(request)
}

/// Whether a logout token has arrived.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered(Some(_))) && outcome.has(LOGOUT_TOKEN)
}
