//! Whether clients are told that a session has ended: directly (OpenID.BackChannel §2), or by frames in the
//! user agent (OpenID.FrontChannel §2).

use super::discover::Endpoints;
use crate::oauth::Metadata;
use crate::oauth::names::{BACKCHANNEL_LOGOUT_SUPPORTED, FRONTCHANNEL_LOGOUT_SUPPORTED};
use crate::suite::{Feature, StepKind};
use crate::target::Client;

/// One of the two ways, for a client.
struct Way<'a> {
    /// Whether the server has it, in its metadata.
    flag: &'static str,
    uri: Option<&'a String>,
    requires_session: bool,
    /// What is missing if the server does not claim it, the client has no URI or does not require the
    /// session, or the URI has no query.
    missing: [&'static str; 4],
}

/// Where the client is told in this kind of step.
pub(super) fn uri(kind: StepKind, client: &Client) -> Option<&String> {
    match kind {
        StepKind::Frontchannel => client.frontchannel_logout_uri.as_ref(),
        _ => client.backchannel_logout_uri.as_ref(),
    }
}

/// The key of that URI in target files.
pub(super) fn key(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Frontchannel => "frontchannel_logout_uri",
        _ => "backchannel_logout_uri",
    }
}

/// What a client lacks that has no such URI.
pub(super) fn lacking(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Frontchannel => "with a `frontchannel_logout_uri`",
        _ => "with a `backchannel_logout_uri`",
    }
}

fn way(is_front: bool, client: &Client) -> Way<'_> {
    match is_front {
        true => Way {
            flag: FRONTCHANNEL_LOGOUT_SUPPORTED,
            uri: uri(StepKind::Frontchannel, client),
            requires_session: client.frontchannel_logout_session_required,
            missing: [
                "the metadata does not claim front-channel logout",
                "the target file has no `frontchannel_logout_uri` for this client",
                "this client does not require that frames name the session",
                "the `frontchannel_logout_uri` of this client has no query",
            ],
        },
        false => Way {
            flag: BACKCHANNEL_LOGOUT_SUPPORTED,
            uri: uri(StepKind::Backchannel, client),
            requires_session: client.backchannel_logout_session_required,
            missing: [
                "the metadata does not claim back-channel logout",
                "the target file has no `backchannel_logout_uri` for this client",
                "this client does not require that logout tokens name the session",
                "the `backchannel_logout_uri` of this client has no query",
            ],
        },
    }
}

/// Whether the server does that, and this client is registered for it; and what is missing otherwise.
pub(super) fn feature(
    feature: Feature,
    supported: bool,
    client: &Client,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    let is_front = matches!(
        feature,
        Feature::Frontchannel | Feature::FrontchannelSession | Feature::FrontchannelQuery
    );
    let way = way(is_front, client);
    let claims = |metadata: &Metadata| metadata.flag(way.flag);
    let of_openid = endpoints.openid.as_ref().is_some_and(|(_, metadata)| claims(metadata));
    let [no_claim, no_uri, no_session, no_query] = way.missing;
    match feature {
        _ if !(supported || of_openid || claims(&endpoints.metadata)) => (false, no_claim),
        _ if way.uri.is_none() => (false, no_uri),
        Feature::BackchannelSession | Feature::FrontchannelSession => {
            (way.requires_session, no_session)
        }
        Feature::BackchannelQuery | Feature::FrontchannelQuery => {
            (way.uri.is_some_and(|uri| uri.contains('?')), no_query)
        }
        _ => (true, ""),
    }
}
