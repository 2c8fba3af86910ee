//! The introspection request (RFC7662 §2.1).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::jwt;
use crate::oauth::names::{ACTIVE, TOKEN, TOKEN_INTROSPECTION};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::server_jwt;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let url = endpoints.introspection.as_ref().ok_or("the server has no introspection endpoint")?;
    let token = values.get(Placeholder::AccessToken).ok_or("there is no access token")?;
    let mut request = Request::new(Method::Post, url);
    request.body.set(TOKEN, token);
    authenticate(&mut request, values, client);
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    let Outcome::Answered(answer) = outcome else { return false };
    let inside = || {
        let (_, mut claims) = jwt::parts(&server_jwt::introspection(answer)?)?;
        claims.get_mut(TOKEN_INTROSPECTION)?.as_object_mut().map(std::mem::take)
    };
    let members = answer.json().or_else(inside);
    answer.status == 200 && members.is_some_and(|it| it.get(ACTIVE) == Some(&true.into()))
}
