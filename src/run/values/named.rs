//! Values that are shown by their names, where nothing is sent.

use super::Values;
use crate::suite::Placeholder;
use crate::target::{Client, User};

impl Values {
    /// Values that are their own names, such as `[state]`, for showing requests without sending
    /// them.
    ///
    /// The scope is real, since it decides what a valid request contains.
    pub fn named(client: &Client, other: Option<&Client>, user: &User) -> Self {
        let name = |placeholder: Placeholder| format!("[{}]", placeholder.name());
        let logout_uris = |client: &Client, placeholder: Placeholder| {
            client.logout_uri().map(|_| name(placeholder)).into_iter().collect()
        };
        let notified = |client: &Client| {
            client.backchannel_logout_uri.as_ref().map(|_| "[backchannel_logout_uri]".to_owned())
        };
        // What is expected in a frame is shown for any client.
        let framed = || Some(name(Placeholder::FrontchannelUri));
        let client = Client {
            id: name(Placeholder::ClientId),
            secret: name(Placeholder::ClientSecret),
            redirect_uris: vec![name(Placeholder::RedirectUri)],
            post_logout_redirect_uris: logout_uris(client, Placeholder::LogoutUri),
            backchannel_logout_uri: notified(client),
            frontchannel_logout_uri: framed(),
            extra_params: client.extra_params.named(),
            ..client.clone()
        };
        let other = other.map(|other| Client {
            id: name(Placeholder::OtherClientId),
            secret: name(Placeholder::OtherClientSecret),
            redirect_uris: vec![name(Placeholder::OtherRedirectUri)],
            post_logout_redirect_uris: logout_uris(other, Placeholder::OtherLogoutUri),
            backchannel_logout_uri: notified(other),
            frontchannel_logout_uri: framed(),
            extra_params: other.extra_params.named(),
            ..other.clone()
        });
        let mut values = Self::new(&name(Placeholder::Issuer), client, other, user.clone());
        let all = Placeholder::ALL.iter().map(|(placeholder, ..)| *placeholder);
        use Placeholder::{Scope, ScopeFirst, ScopeReversed, ScopeWithoutOpenid, Sent};
        let own = [Scope, ScopeFirst, ScopeReversed, ScopeWithoutOpenid, Sent];
        let named = all.filter(|placeholder| !own.contains(placeholder));
        values.named = named.map(|placeholder| (placeholder, name(placeholder))).collect();
        values.show_registration();
        values
    }
}
