//! What the answer to a granted request contains.

use crate::oauth::member::is_right;
use crate::oauth::names::{ACCESS_TOKEN, ACTIVE, CLIENT_ID, KEYS, REQUEST_URI};
use crate::run::server_jwt;
use crate::suite::StepKind;
use crate::wire::Answer;

/// Whether the answer has the content of a granted request, whatever its status.
pub(in crate::run) fn answers(kind: StepKind, answer: &Answer) -> bool {
    let has = |name: &str| {
        let values = answer.members().map_or_else(Vec::new, |it| it.all(name));
        values.iter().any(|value| is_right(name, value))
    };
    match kind {
        StepKind::Token
        | StepKind::Refresh
        | StepKind::Password
        | StepKind::JwtBearer
        | StepKind::ClientCredentials => has(ACCESS_TOKEN),
        StepKind::Push => has(REQUEST_URI),
        // It may be a JWT (RFC9701 §5).
        StepKind::Introspect => has(ACTIVE) || server_jwt::introspection(answer).is_some(),
        StepKind::Register => has(CLIENT_ID),
        // There is nothing to tell of a client that was deleted.
        StepKind::Manage => answer.body.trim().is_empty() || has(CLIENT_ID),
        StepKind::Jwks => has(KEYS) || answer.is_cut(),
        StepKind::Metadata | StepKind::OpenidMetadata => answer.json().is_some() || answer.is_cut(),
        // It may be a JWT (OpenID.Core §5.3.2).
        StepKind::Userinfo => {
            answer.json().is_some_and(|it| !it.is_empty())
                || answer.field_holds("content-type", "application/jwt")
                || server_jwt::userinfo(answer).is_some()
        }
        StepKind::Resource
        | StepKind::Authorize
        | StepKind::Implicit
        | StepKind::Logout
        | StepKind::Backchannel
        | StepKind::Frontchannel
        | StepKind::Frame
        | StepKind::CheckSession
        | StepKind::RotateKeys
        | StepKind::Preflight
        | StepKind::TokenPreflight
        | StepKind::Revoke
        | StepKind::Unregister => true,
    }
}
