//! The request of a frame with which the server tells a client, through the user agent, that a session
//! has ended (OpenID.FrontChannel §2).

use crate::oauth::names::{ISS, SID};
use crate::oauth::request::Method;
use crate::oauth::{Params, Request};
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

/// What is expected to arrive.
pub(super) fn request(values: &Values, client: &Client) -> Result<Request, String> {
    let missing = || format!("the client {} has no frontchannel_logout_uri", client.name);
    let uri = client.frontchannel_logout_uri.as_ref().ok_or_else(missing)?;
    let (endpoint, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut request = Request::new(Method::Get, endpoint);
    request.query = Params::parse(query);
    if client.frontchannel_logout_session_required {
        request.query.set(ISS, values.get(Placeholder::Issuer).unwrap_or_default());
        request.query.set(SID, values.get(Placeholder::IdTokenSid).unwrap_or_default());
    }
    Ok(request)
}

/// Whether the frame was loaded.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered(Some(_)))
}
