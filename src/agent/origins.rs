//! Which addresses belong to the server.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;

/// Origins that belong to the server: scheme, host and port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins(BTreeSet<String>);

impl Origins {
    /// The origins of these URLs.
    pub fn of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let mut origins = Self::default();
        urls.into_iter().for_each(|url| origins.insert(url));
        origins
    }

    /// Adds the origins of these URLs.
    #[must_use]
    pub fn and(mut self, urls: &[String]) -> Self {
        urls.iter().for_each(|url| self.insert(url));
        self
    }

    /// Adds the origin of a URL, if it has one.
    pub fn insert(&mut self, url: &str) {
        self.0.extend(origin(url));
    }

    /// Adds all of the others.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Whether the URL is at one of them.
    pub fn contains(&self, url: &str) -> bool {
        origin(url).is_some_and(|origin| self.0.contains(&origin))
    }
}

fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}
