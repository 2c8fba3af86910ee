//! The authorization request of the implicit grant (RFC6749 §4.2.1).

use super::authorize;
use crate::oauth::Request;
use crate::oauth::names::{CODE_CHALLENGE, CODE_CHALLENGE_METHOD, RESPONSE_TYPE, TOKEN};
use crate::run::discover::Endpoints;
use crate::run::feature::implicit_type;
use crate::run::values::Values;
use crate::target::Client;

/// A request for an access token in place of a code, without PKCE.
pub(super) fn request(values: &Values, client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = authorize::request(values, client, endpoints);
    request.query.set(RESPONSE_TYPE, implicit_type(client, endpoints).unwrap_or(TOKEN));
    request.query.omit(CODE_CHALLENGE);
    request.query.omit(CODE_CHALLENGE_METHOD);
    request
}
