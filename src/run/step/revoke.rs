//! The revocation request (RFC7009 §2.1).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::TOKEN;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let url = endpoints.revocation.as_ref().ok_or("the server has no revocation endpoint")?;
    let newest = values.get(Placeholder::RefreshToken);
    let token =
        newest.or_else(|| values.get(Placeholder::AccessToken)).ok_or("there is no token")?;
    let mut request = Request::new(Method::Post, url);
    request.body.set(TOKEN, token);
    authenticate(&mut request, values, client);
    Ok(request)
}

/// Only the status matters; the body is ignored (RFC7009 §2.2).
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer) if answer.status == 200)
}
