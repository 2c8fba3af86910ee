//! The registration of a new client (RFC7591 §3.1).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::names::{
    APPLICATION_TYPE, AUTHORIZATION_CODE, CLIENT_NAME, CODE, GRANT_TYPES, REDIRECT_URIS,
    REFRESH_TOKEN, RESPONSE_TYPES, SCOPE, TOKEN_ENDPOINT_AUTH_METHOD,
};
use crate::oauth::request::{Authentication, BodyFormat, Method};
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::{Placeholder, StepKind};

/// An address that does not exist: such a redirect URI is valid for any grant, and nothing is ever
/// sent there.
const NOWHERE: &str = "https://client.authspec.example/callback";

/// A public client that uses codes. If the case sends users to the server, they return to where the
/// client of the target file is sent them.
pub(super) fn request(values: &Values, endpoints: &Endpoints) -> Result<Request, String> {
    let url = endpoints.registration.as_ref().ok_or("there is no registration endpoint")?;
    let mut request = Request::new(Method::Post, url);
    request.format = BodyFormat::ClientMetadata;
    if let Some(token) = values.initial_token() {
        request.authentication = Authentication::Bearer(token.to_owned());
    }
    let visits = values.visiting_client();
    let body = &mut request.body;
    body.set(CLIENT_NAME, "authspec audit");
    body.set(REDIRECT_URIS, visits.map_or(NOWHERE, |client| client.redirect_uri()));
    body.set(GRANT_TYPES, AUTHORIZATION_CODE);
    body.set(RESPONSE_TYPES, CODE);
    body.set(TOKEN_ENDPOINT_AUTH_METHOD, "none");
    if let Some(client) = visits {
        if client.may(REFRESH_TOKEN) {
            body.repeat(GRANT_TYPES, REFRESH_TOKEN);
        }
        if !client.scope.is_empty() {
            body.set(SCOPE, values.get(Placeholder::Scope).unwrap_or_default());
        }
        // A web client may not return to this machine (OpenID.Registration §2).
        if client.loopback_uri(false).is_some() {
            body.set(APPLICATION_TYPE, "native");
        }
    }
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if (200..300).contains(&answer.status)
            && answers(StepKind::Register, answer))
}
