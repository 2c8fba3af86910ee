//! Logout tokens, and values made from the URIs for the return after a logout (OpenID.RPInitiated
//! §3.1).

use serde_json::Value;
use url::Url;

use super::Values;
use super::uri::{by_path, encoded, other_port, other_scheme};
use crate::oauth::names::LOGOUT_TOKEN;
use crate::suite::Placeholder;

impl Values {
    /// Takes the logout token among these values of the parameter.
    pub(in crate::run) fn take_logout_token(&mut self, sent: &[Value]) {
        if let Some(token) = sent.iter().find(|token| token.as_str() != Some("")) {
            self.received.insert(LOGOUT_TOKEN.to_owned(), token.clone());
        }
    }

    /// The token whose signature is checked: the logout token of the case, or else its newest ID
    /// token.
    pub(in crate::run) fn signed_token(&self) -> Option<String> {
        self.get(Placeholder::LogoutToken).or_else(|| self.get(Placeholder::IdToken))
    }

    /// The client's URI for the return after a logout, another client's, or one that is not
    /// registered.
    pub(super) fn logout_value(&self, placeholder: Placeholder) -> Option<String> {
        if placeholder == Placeholder::OtherLogoutUri {
            return self.client.logout_uri_of(self.other.as_ref()?).map(str::to_owned);
        }
        if placeholder == Placeholder::BackchannelUri {
            return self.client.backchannel_logout_uri.clone();
        }
        if placeholder == Placeholder::OtherFrontchannelUri {
            return self.other.as_ref()?.frontchannel_logout_uri.clone();
        }
        if placeholder == Placeholder::FrontchannelUri {
            return self.client.frontchannel_logout_uri.clone();
        }
        let uri = self.client.logout_uri()?;
        match placeholder {
            Placeholder::LogoutUri => Some(uri.to_owned()),
            Placeholder::AnotherLogoutUri => self.client.another_logout_uri().map(str::to_owned),
            Placeholder::LogoutUriWithQuery => {
                self.client.logout_uri_with_query().map(str::to_owned)
            }
            Placeholder::LogoutShouted => by_path(&Url::parse(uri).ok()?, str::to_uppercase),
            Placeholder::LogoutEncoded => by_path(&Url::parse(uri).ok()?, encoded),
            Placeholder::LogoutOtherPort => other_port(uri),
            Placeholder::LogoutOtherScheme => other_scheme(uri),
            Placeholder::LogoutWithUser => {
                let (scheme, rest) = uri.split_once("://")?;
                Some(format!("{scheme}://authspec@{rest}"))
            }
            _ => None,
        }
    }
}
