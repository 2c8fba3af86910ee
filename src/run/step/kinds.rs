//! Dispatches on the kind of a step.

use super::{
    authorize, backchannel, check_session, client_credentials, frame, frontchannel, implicit,
    introspect, jwks, jwt_bearer, logout, manage, metadata, openid_metadata, password, preflight,
    push, refresh, register, resource, revoke, token, token_preflight, unregister, userinfo,
};
use crate::agent::Landing;
use crate::oauth::Request;
use crate::oauth::names::{ACCESS_TOKEN, LOGOUT_TOKEN};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::server_jwt;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::StepKind;
use crate::target::Client;

/// What explanations show for what the operator does, which is no request of a client.
const OPERATOR: &str = "[rotate_keys]";

/// The request of a valid flow, as `client` sends it. The error names what is missing for it.
pub(in crate::run) fn request(
    kind: StepKind,
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let endpoints = endpoints.of(client);
    match kind {
        StepKind::Metadata => metadata::request(endpoints),
        StepKind::OpenidMetadata => openid_metadata::request(endpoints),
        StepKind::Push => push::request(values, client, endpoints),
        StepKind::Authorize => Ok(authorize::request(values, client, endpoints)),
        StepKind::Implicit => Ok(implicit::request(values, client, endpoints)),
        StepKind::Token => token::request(values, client, endpoints),
        StepKind::Refresh => refresh::request(values, client, endpoints),
        StepKind::Userinfo => userinfo::request(values, endpoints),
        StepKind::Resource => resource::request(values, endpoints),
        StepKind::Introspect => introspect::request(values, client, endpoints),
        StepKind::Revoke => revoke::request(values, client, endpoints),
        StepKind::ClientCredentials => Ok(client_credentials::request(values, client, endpoints)),
        StepKind::JwtBearer => jwt_bearer::request(values, client, endpoints),
        StepKind::Preflight => Ok(preflight::request(values, client, endpoints)),
        StepKind::TokenPreflight => Ok(token_preflight::request(client, endpoints)),
        StepKind::Password => Ok(password::request(values, client, endpoints)),
        StepKind::Jwks => jwks::request(endpoints),
        StepKind::RotateKeys => Ok(Request::new(Method::Post, OPERATOR)),
        StepKind::Logout => logout::request(values, client, endpoints),
        StepKind::Register => register::request(values, endpoints),
        StepKind::Manage => manage::request(values, client),
        StepKind::Unregister => unregister::request(values, client),
        StepKind::Backchannel => backchannel::request(values, client),
        StepKind::Frontchannel => frontchannel::request(values, client),
        StepKind::Frame => Ok(authorize::request(values, client, endpoints)),
        StepKind::CheckSession => check_session::request(values, client, endpoints),
    }
}

/// Takes the values for later steps from the answer. What was sent to an unregistered address is
/// taken only if the case checks for that.
pub(in crate::run) fn take(kind: StepKind, outcome: &Outcome, strays: bool, values: &mut Values) {
    match (kind, outcome) {
        (_, Outcome::Landed(Landing::Callback(response))) => values.take_params(&response.params),
        (_, Outcome::Landed(Landing::Elsewhere(response))) if strays => {
            values.take_params(&response.params);
        }
        (kind, Outcome::Answered(answer)) if kind.asks_for_tokens() => {
            values.take_json(&answer.json().unwrap_or_default());
        }
        (StepKind::Metadata | StepKind::OpenidMetadata, Outcome::Answered(answer)) => {
            values.take_metadata(&answer.json().unwrap_or_default());
        }
        (StepKind::Jwks, Outcome::Answered(answer)) => values.take_keys(answer),
        (StepKind::RotateKeys, Outcome::Operated) => values.keys_are_rotated(),
        (StepKind::Push, Outcome::Answered(answer)) => {
            values.take_reference(&answer.json().unwrap_or_default());
        }
        (StepKind::Backchannel, outcome @ Outcome::Delivered(_)) => {
            values.take_logout_token(&outcome.all(LOGOUT_TOKEN));
        }
        (StepKind::Introspect, Outcome::Answered(answer)) => {
            server_jwt::introspection(answer)
                .into_iter()
                .for_each(|it| values.take_introspection(it));
        }
        (StepKind::Userinfo, Outcome::Answered(answer)) => {
            values.take_claims(&answer.json().unwrap_or_default());
            server_jwt::userinfo(answer).into_iter().for_each(|it| values.take_userinfo(it));
        }
        _ => {}
    }
}

/// Whether the step of an unchanged flow worked. The error says what was seen instead.
pub(in crate::run) fn worked(kind: StepKind, outcome: &Outcome, values: &Values) -> bool {
    match kind {
        StepKind::Metadata | StepKind::OpenidMetadata => metadata::worked(outcome),
        StepKind::Push => push::worked(outcome),
        StepKind::Authorize => authorize::worked_for(&values.client, outcome, values),
        StepKind::Implicit => authorize::worked(ACCESS_TOKEN, outcome, values),
        StepKind::Token
        | StepKind::Refresh
        | StepKind::Password
        | StepKind::JwtBearer
        | StepKind::ClientCredentials => token::worked(outcome),
        StepKind::Userinfo => userinfo::worked(outcome),
        StepKind::Resource => resource::worked(outcome),
        StepKind::Introspect => introspect::worked(outcome),
        StepKind::Revoke => revoke::worked(outcome),
        StepKind::Preflight | StepKind::TokenPreflight => preflight::worked(outcome),
        StepKind::Jwks => jwks::worked(outcome),
        StepKind::RotateKeys => *outcome == Outcome::Operated,
        StepKind::Logout => logout::worked(outcome, values),
        StepKind::Register => register::worked(outcome),
        StepKind::Manage => manage::worked(outcome),
        StepKind::Unregister => unregister::worked(outcome),
        StepKind::Backchannel => backchannel::worked(outcome),
        StepKind::Frontchannel => frontchannel::worked(outcome),
        StepKind::Frame => frame::worked(outcome),
        StepKind::CheckSession => check_session::worked(outcome),
    }
}
