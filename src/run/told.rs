//! Whether clients are told that a session has ended: directly (OpenID.BackChannel §2), or by frames in the
//! user agent (OpenID.FrontChannel §2).

use super::discover::Endpoints;
use crate::oauth::Metadata;
use crate::oauth::names::{BACKCHANNEL_LOGOUT_SUPPORTED, FRONTCHANNEL_LOGOUT_SUPPORTED};
use crate::suite::Feature;
use crate::target::Client;

/// Whether the server does that, and this client is registered for it; and what is missing otherwise.
pub(super) fn feature(
    feature: Feature,
    supported: bool,
    client: &Client,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    let claims = |flag: &'static str| {
        let claims = |metadata: &Metadata| metadata.flag(flag);
        let of_openid = endpoints.openid.as_ref().is_some_and(|(_, metadata)| claims(metadata));
        supported || of_openid || claims(&endpoints.metadata)
    };
    let (back, front) = (&client.backchannel_logout_uri, &client.frontchannel_logout_uri);
    let has_query = |uri: &Option<String>| uri.as_ref().is_some_and(|uri| uri.contains('?'));
    use Feature::{
        BackchannelQuery, BackchannelSession, Frontchannel, FrontchannelQuery, FrontchannelSession,
    };
    let is_front = matches!(feature, Frontchannel | FrontchannelSession | FrontchannelQuery);
    match feature {
        _ if is_front && !claims(FRONTCHANNEL_LOGOUT_SUPPORTED) => {
            (false, "the metadata does not claim front-channel logout")
        }
        _ if is_front && front.is_none() => {
            (false, "the target file has no `frontchannel_logout_uri` for this client")
        }
        FrontchannelSession => (
            client.frontchannel_logout_session_required,
            "this client does not require that frames name the session",
        ),
        FrontchannelQuery => {
            (has_query(front), "the `frontchannel_logout_uri` of this client has no query")
        }
        Frontchannel => (true, ""),
        _ if !claims(BACKCHANNEL_LOGOUT_SUPPORTED) => {
            (false, "the metadata does not claim back-channel logout")
        }
        _ if back.is_none() => {
            (false, "the target file has no `backchannel_logout_uri` for this client")
        }
        BackchannelSession => (
            client.backchannel_logout_session_required,
            "this client does not require that logout tokens name the session",
        ),
        BackchannelQuery => {
            (has_query(back), "the `backchannel_logout_uri` of this client has no query")
        }
        _ => (true, ""),
    }
}
