//! The introspection request (RFC7662 §2.1).

use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{ACTIVE, TOKEN};
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
    let url = endpoints.introspection.as_ref().ok_or("the server has no introspection endpoint")?;
    let token = values.get(Placeholder::AccessToken).ok_or("there is no access token")?;
    let mut request = Request::new(Method::Post, url);
    request.body.set(TOKEN, token);
    authenticate(&mut request, values, client);
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if answer.status == 200
            && answer.json().is_some_and(|json| json.get(ACTIVE) == Some(&true.into())))
}
