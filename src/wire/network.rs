//! The network between the harness and the server: trusted authorities, proxies, and header fields
//! for a gateway.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

use super::authority::OwnAuthority;
use super::proxy::Proxies;
use super::trust::Authorities;

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Trusted authorities, in addition to those of this machine.
    pub authorities: Authorities,
    /// The proxies to use.
    pub proxies: Proxies,
    /// The header fields of every request to it.
    pub headers: ServerHeaders,
    /// What signs the certificates with which it can reach us.
    pub own_authority: Option<Arc<OwnAuthority>>,
}

/// Header fields of every request to the server, and of no other request.
#[derive(Clone, Debug, Default)]
pub struct ServerHeaders {
    fields: Vec<(String, String)>,
    origins: Arc<RwLock<BTreeSet<String>>>,
}

impl ServerHeaders {
    /// Creates these fields, without origins yet.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self { fields, origins: Arc::default() }
    }

    /// Adds them to requests to the origin of this address.
    pub fn send_to(&self, url: &str) {
        let origin = Url::parse(url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        let mut origins = self.origins.write().unwrap_or_else(PoisonError::into_inner);
        origins.extend(origin.map(|origin| origin.ascii_serialization()));
    }

    /// The fields of a request to this address.
    pub(super) fn of(&self, url: &str) -> &[(String, String)] {
        let origin = |url: &str| Some(Url::parse(url).ok()?.origin().ascii_serialization());
        let origins = self.origins.read().unwrap_or_else(PoisonError::into_inner);
        let is_servers =
            !self.fields.is_empty() && origin(url).is_some_and(|origin| origins.contains(&origin));
        if is_servers { &self.fields } else { &[] }
    }

    /// The fields, for sending them by other means.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The origins that get them.
    pub fn origins(&self) -> BTreeSet<String> {
        self.origins.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
