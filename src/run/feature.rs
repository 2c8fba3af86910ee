//! What a target supports: by its own file, or by its metadata.

use super::discover::Endpoints;
use crate::oauth::names::{CLIENT_CREDENTIALS, CODE_CHALLENGE_METHOD, OPENID, REFRESH_TOKEN};
use crate::suite::{Feature, StepKind};
use crate::target::{Client, Target};

/// Why the target cannot be asked for the feature; nothing where it can.
pub(super) fn lacking(
    feature: Feature,
    target: &Target,
    client: &Client,
    endpoints: &Endpoints,
) -> Option<String> {
    let supported = target.supports.contains(&feature);
    let claims_plain = || {
        let list = format!("{CODE_CHALLENGE_METHOD}s_supported");
        endpoints.metadata.list(&list).is_some_and(|methods| methods.contains(&"plain"))
    };
    let (has, why) = match feature {
        Feature::Metadata => (endpoints.metadata_url.is_some(), "the server serves no metadata"),
        Feature::RefreshToken => (
            client.may(REFRESH_TOKEN),
            "the target file does not list the grant refresh_token for this client",
        ),
        Feature::Userinfo => (endpoints.userinfo.is_some(), "the server has no userinfo endpoint"),
        Feature::Revocation => {
            (endpoints.revocation.is_some(), "the server has no revocation endpoint")
        }
        Feature::Introspection => {
            (endpoints.introspection.is_some(), "the server has no introspection endpoint")
        }
        Feature::ClientCredentials => (
            client.may(CLIENT_CREDENTIALS),
            "the target file does not list the grant client_credentials for this client",
        ),
        Feature::NoClientCredentials => (
            !client.may(CLIENT_CREDENTIALS),
            "the target file lists the grant client_credentials for this client",
        ),
        Feature::Openid => (
            supported || client.scope.split(' ').any(|scope| scope == OPENID),
            "the scope of this client does not include openid",
        ),
        Feature::Plain => {
            (supported || claims_plain(), "the server does not claim the challenge method plain")
        }
        Feature::NoPlain => {
            (!supported && !claims_plain(), "the server supports the challenge method plain")
        }
        Feature::Iss => (
            supported || endpoints.metadata.flag("authorization_response_iss_parameter_supported"),
            "the metadata does not claim the iss parameter of authorization responses",
        ),
    };
    (!has).then(|| why.to_owned())
}

/// The features that a flow needs by itself.
pub(super) fn needed_by(kind: StepKind) -> &'static [Feature] {
    match kind {
        StepKind::Metadata => &[Feature::Metadata],
        StepKind::Refresh => &[Feature::RefreshToken],
        StepKind::Userinfo => &[Feature::Userinfo, Feature::Openid],
        StepKind::Introspect => &[Feature::Introspection],
        StepKind::Revoke => &[Feature::Revocation],
        StepKind::ClientCredentials => &[Feature::ClientCredentials],
        StepKind::Authorize | StepKind::Token | StepKind::Preflight => &[],
    }
}
