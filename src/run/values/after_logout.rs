//! Values made from the URIs for the return after a logout (OpenID.RPInitiated §3.1).

use url::Url;

use super::{Values, by_path, encoded, other_port, other_scheme};
use crate::suite::Placeholder;

impl Values {
    /// The client's URI for the return after a logout, another client's, or one that is not
    /// registered.
    pub(super) fn logout_value(&self, placeholder: Placeholder) -> Option<String> {
        if placeholder == Placeholder::OtherLogoutUri {
            return self.client.logout_uri_of(self.other.as_ref()?).map(str::to_owned);
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
