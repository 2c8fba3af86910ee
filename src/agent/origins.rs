//! Which addresses are the authorization server's own.

use std::collections::BTreeSet;

use url::Url;

/// The origins of the server: of its endpoints, and of the pages that signing in went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeSet<String>);

impl Origins {
    /// Whether the address is the server's.
    pub fn has(&self, url: &Url) -> bool {
        self.0.contains(&url.origin().ascii_serialization())
    }

    /// Takes the address's origin for the server's from now on; only http and https have one.
    pub fn add(&mut self, url: &Url) {
        if matches!(url.scheme(), "http" | "https") {
            self.0.insert(url.origin().ascii_serialization());
        }
    }
}

impl<'a> FromIterator<&'a Url> for Origins {
    fn from_iter<I: IntoIterator<Item = &'a Url>>(urls: I) -> Self {
        let mut origins = Self::default();
        urls.into_iter().for_each(|url| origins.add(url));
        origins
    }
}
