//! The token request of the client credentials grant (RFC6749 §4.4.2).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{CLIENT_CREDENTIALS, GRANT_TYPE, SCOPE};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::values::Values;
use crate::target::Client;

pub(super) fn request(values: &Values, client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = Request::new(Method::Post, &endpoints.token);
    request.body.set(GRANT_TYPE, CLIENT_CREDENTIALS);
    if !client.scope.is_empty() {
        request.body.set(SCOPE, &client.scope);
    }
    authenticate(&mut request, values, client);
    client.extra_params.token.add_to(&mut request);
    request
}
