//! The token request with a JWT about the user as the grant (RFC7523 §2.1), which the client signs.

use super::authenticate::authenticate;
use super::jwt;
use crate::oauth::Request;
use crate::oauth::names::{ASSERTION, GRANT_TYPE, JWT_BEARER_GRANT, SCOPE};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::values::Values;
use crate::suite::JwtChange;
use crate::target::Client;

pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let mut request = Request::new(Method::Post, &endpoints.token);
    request.body.set(GRANT_TYPE, JWT_BEARER_GRANT);
    let grant = changed(&JwtChange::default(), values, client, &request)?;
    request.body.set(ASSERTION, grant);
    if !client.scope.is_empty() {
        request.body.set(SCOPE, &client.scope);
    }
    authenticate(&mut request, values, client);
    client.extra_params.token.add_to(&mut request);
    Ok(request)
}

/// The JWT for this request, with the change made. The error names what is missing for it.
pub(super) fn changed(
    change: &JwtChange,
    values: &Values,
    client: &Client,
    request: &Request,
) -> Result<String, String> {
    let own = values.signer(client).ok_or("the client has no key to sign JWTs with")?;
    jwt::changed(change, values.grant(client, request), &own, values, client)
}
