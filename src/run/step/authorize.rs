//! The authorization request (RFC6749 §4.1.1, RFC7636 §4.3).

use crate::agent::Landing;
use crate::oauth::Request;
use crate::oauth::names::{
    ACCESS_TOKEN, CLIENT_ID, CODE, CODE_CHALLENGE, CODE_CHALLENGE_METHOD, ID_TOKEN, NONCE, OPENID,
    REDIRECT_URI, RESPONSE_MODE, RESPONSE_TYPE, SCOPE, STATE,
};
use crate::oauth::pkce::ChallengeMethod;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::feature::response_type;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

/// A request for a code, or, for a client that only uses the implicit grant, for what that grant
/// returns.
pub(super) fn request(values: &Values, client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = Request::new(Method::Get, &endpoints.authorization);
    let minted = |placeholder| values.get(placeholder).unwrap_or_default();
    let params = &mut request.query;
    params.set(RESPONSE_TYPE, response_type(client, endpoints));
    params.set(CLIENT_ID, &client.id);
    params.set(REDIRECT_URI, client.redirect_uri());
    if !client.scope.is_empty() {
        params.set(SCOPE, &client.scope);
    }
    params.set(STATE, minted(Placeholder::State));
    if client.scope.split(' ').any(|scope| scope == OPENID) {
        params.set(NONCE, minted(Placeholder::Nonce));
    }
    let challenge = match client.challenge_method {
        ChallengeMethod::S256 => Placeholder::Challenge,
        ChallengeMethod::Plain => Placeholder::Verifier,
    };
    params.set(CODE_CHALLENGE, minted(challenge));
    params.set(CODE_CHALLENGE_METHOD, client.challenge_method.name());
    if let Some(mode) = client.extensions.response {
        params.set(RESPONSE_MODE, mode.name());
    }
    params.overwrite(&client.extra_params.authorize);
    request
}

/// Whether the visit returned the state, and what the client's grant returns.
pub(super) fn worked_for(client: &Client, outcome: &Outcome, values: &Values) -> bool {
    let wanted = if client.is_implicit() { &[ACCESS_TOKEN, ID_TOKEN, CODE][..] } else { &[CODE] };
    wanted.iter().any(|wanted| worked(wanted, outcome, values))
}

/// Whether the visit returned the state and the requested parameter.
pub(super) fn worked(wanted: &str, outcome: &Outcome, values: &Values) -> bool {
    matches!(outcome, Outcome::Landed(Landing::Callback(response))
        if response.params.all(wanted).any(|value| !value.is_empty())
            && response.params.get(STATE) == values.get(Placeholder::State).as_deref())
}
