//! The token request of the refresh token grant (RFC6749 §6).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{GRANT_TYPE, REFRESH_TOKEN};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let token = values.get(Placeholder::RefreshToken).ok_or("there is no refresh token")?;
    let mut request = Request::new(Method::Post, &endpoints.token);
    request.body.set(GRANT_TYPE, REFRESH_TOKEN);
    request.body.set(REFRESH_TOKEN, token);
    authenticate(&mut request, values, client);
    client.extra_params.refresh.add_to(&mut request);
    Ok(request)
}
