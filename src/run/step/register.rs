//! The registration of a new client (RFC7591 §3.1).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::names::{
    AUTHORIZATION_CODE, CODE, GRANT_TYPES, REDIRECT_URIS, RESPONSE_TYPES,
    TOKEN_ENDPOINT_AUTH_METHOD,
};
use crate::oauth::request::{BodyFormat, Method};
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::suite::StepKind;

/// An address that does not exist: such a redirect URI is valid for any grant, and nothing is ever
/// sent there.
const NOWHERE: &str = "https://client.authspec.example/callback";

/// A public client that uses codes.
pub(super) fn request(endpoints: &Endpoints) -> Result<Request, String> {
    let url = endpoints.registration.as_ref().ok_or("there is no registration endpoint")?;
    let mut request = Request::new(Method::Post, url);
    request.format = BodyFormat::ClientMetadata;
    request.body.set("client_name", "authspec audit");
    request.body.set(REDIRECT_URIS, NOWHERE);
    request.body.set(GRANT_TYPES, AUTHORIZATION_CODE);
    request.body.set(RESPONSE_TYPES, CODE);
    request.body.set(TOKEN_ENDPOINT_AUTH_METHOD, "none");
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if (200..300).contains(&answer.status)
            && answers(StepKind::Register, answer))
}
