//! Registered clients.

use std::error::Error;

use oxide_auth::primitives::registrar::{
    Client, ClientMap, ExactUrl, PasswordPolicy, RegisteredUrl, RegistrarError,
};
use sha2::{Digest, Sha256};

/// A client as an operator configures it.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// The client identifier.
    pub id: &'a str,
    /// The secret; `None` for a public client.
    pub secret: Option<&'a str>,
    /// The redirect URIs, at least one; compared character by character.
    pub redirect_uris: &'a [String],
    /// The default scope, and the most that the client may ask for.
    pub scope: &'a str,
}

/// A registrar with these clients.
///
/// # Errors
/// If a redirect URI or a scope is invalid.
pub fn registrar(clients: &[Registered<'_>]) -> Result<ClientMap, Box<dyn Error + Send + Sync>> {
    let mut registrar = ClientMap::new();
    registrar.set_password_policy(Digested);
    for client in clients {
        let exact = |uri: &String| ExactUrl::new(uri.clone()).map(RegisteredUrl::from);
        let uris: Result<Vec<_>, _> = client.redirect_uris.iter().map(exact).collect();
        let mut uris = uris?.into_iter();
        let first = uris.next().ok_or("a client without a redirect URI")?;
        let scope = client.scope.parse()?;
        let registered = match client.secret {
            Some(secret) => Client::confidential(client.id, first, scope, secret.as_bytes()),
            None => Client::public(client.id, first, scope),
        };
        registrar.register_client(registered.with_additional_redirect_uris(uris.collect()));
    }
    Ok(registrar)
}

/// Client secrets are generated, not chosen by people, so a digest is enough. Key stretching would
/// take most of a test's time.
struct Digested;

impl PasswordPolicy for Digested {
    fn store(&self, _: &str, secret: &[u8]) -> Vec<u8> {
        Sha256::digest(secret).to_vec()
    }

    fn check(&self, _: &str, secret: &[u8], stored: &[u8]) -> Result<(), RegistrarError> {
        let is_it = Sha256::digest(secret).as_slice() == stored;
        if is_it { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}
