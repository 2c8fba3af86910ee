//! Clients and users of a target.

use crate::oauth::AuthMethod;
use crate::oauth::names::{AUTHORIZATION_CODE, IMPLICIT};

/// A client that is registered at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name in the target file.
    pub name: String,
    /// Its client identifier (RFC6749 §2.2).
    pub id: String,
    /// How it authenticates at the token endpoint.
    pub auth: AuthMethod,
    /// Its secret; empty for a public client.
    pub secret: String,
    /// Its registered redirect URIs; the first one is used.
    pub redirect_uris: Vec<String>,
    /// The grant types that it is registered for (RFC7591 §2).
    pub grants: Vec<String>,
    /// The scope that its valid flows ask for.
    pub scope: String,
}

impl Client {
    /// Whether it has no secret (RFC6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.auth == AuthMethod::None
    }

    /// Whether it may use the authorization code grant.
    pub fn uses_codes(&self) -> bool {
        self.may(AUTHORIZATION_CODE)
    }

    /// Whether it sends users to the authorization endpoint.
    pub fn visits(&self) -> bool {
        !self.redirect_uris.is_empty() && (self.uses_codes() || self.may(IMPLICIT))
    }

    /// Whether it is registered for the grant type.
    pub fn may(&self, grant: &str) -> bool {
        self.grants.iter().any(|known| known == grant)
    }

    /// The redirect URI of its valid flows.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uris.first().map_or("", String::as_str)
    }
}

/// Somebody who can sign in at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name to sign in with, which is also the name in the target file.
    pub name: String,
    /// The password.
    pub password: String,
}
