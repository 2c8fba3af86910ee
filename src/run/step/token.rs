//! The token request of the authorization code grant (RFC6749 §4.1.3, RFC7636 §4.5).

use super::answers::answers;
use super::authenticate::authenticate;
use crate::oauth::Request;
use crate::oauth::names::{AUTHORIZATION_CODE, CODE, CODE_VERIFIER, GRANT_TYPE, REDIRECT_URI};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::{Placeholder, StepKind};
use crate::target::Client;

pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let mut request = Request::new(Method::Post, &endpoints.token);
    let code = values.get(Placeholder::Code).ok_or("there is no code to redeem")?;
    let params = &mut request.body;
    params.set(GRANT_TYPE, AUTHORIZATION_CODE);
    params.set(CODE, code);
    // The code is bound to the redirect URI it was sent to, whichever client redeems it.
    params.set(REDIRECT_URI, values.client.redirect_uri());
    params.set(CODE_VERIFIER, values.get(Placeholder::Verifier).unwrap_or_default());
    authenticate(&mut request, values, client);
    client.extra_params.token.add_to(&mut request);
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if answer.status == 200 && answers(StepKind::Token, answer))
}
