//! The token request of the resource owner password credentials grant (RFC6749 §4.3.2).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{GRANT_TYPE, PASSWORD, SCOPE, USERNAME};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::values::Values;
use crate::target::Client;

pub(super) fn request(values: &Values, client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = Request::new(Method::Post, &endpoints.token);
    request.body.set(GRANT_TYPE, PASSWORD);
    request.body.set(USERNAME, &values.user.name);
    request.body.set(PASSWORD, &values.user.password);
    if !client.scope.is_empty() {
        request.body.set(SCOPE, &client.scope);
    }
    authenticate(&mut request, values, client);
    client.extra_params.token.add_to(&mut request);
    request
}
