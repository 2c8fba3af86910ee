//! What is between us and the server: whom to trust, proxies, and header fields that a gateway asks for.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

use super::proxy::Proxies;
use super::trust::Authorities;

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Whom to trust, besides the authorities of this machine.
    pub authorities: Authorities,
    /// Through which proxies.
    pub proxies: Proxies,
    /// What every request to it has.
    pub headers: ServerHeaders,
}

/// Header fields that every request to the server has, and no request to anybody else.
#[derive(Clone, Debug, Default)]
pub struct ServerHeaders {
    fields: Vec<(String, String)>,
    origins: Arc<RwLock<BTreeSet<String>>>,
}

impl ServerHeaders {
    /// These fields, for nobody yet.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self { fields, origins: Arc::default() }
    }

    /// Has requests to the origin of this address carry them too.
    pub fn send_to(&self, url: &str) {
        let origin = Url::parse(url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        let mut origins = self.origins.write().unwrap_or_else(PoisonError::into_inner);
        origins.extend(origin.map(|origin| origin.ascii_serialization()));
    }

    /// The fields that a request to this address has.
    pub(super) fn of(&self, url: &str) -> &[(String, String)] {
        let origin = |url: &str| Some(Url::parse(url).ok()?.origin().ascii_serialization());
        let origins = self.origins.read().unwrap_or_else(PoisonError::into_inner);
        let is_servers =
            !self.fields.is_empty() && origin(url).is_some_and(|origin| origins.contains(&origin));
        if is_servers { &self.fields } else { &[] }
    }

    /// The fields, for whoever sends them by other means.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The origins that get them.
    pub fn origins(&self) -> BTreeSet<String> {
        self.origins.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
