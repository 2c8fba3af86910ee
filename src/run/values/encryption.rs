//! What the server encrypts for a client that the case has registered, and the keys that are encrypted for it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use authspec_jwe::{Decrypted, KeyManagement, PrivateKey, fits};
use serde_json::Value;

use super::Values;
use super::extension::{INTROSPECTION, USERINFO};
use crate::oauth::jwt;
use crate::oauth::names::ID_TOKEN;

/// The keys that answers are decrypted with, an RSA key and one on P-256: new ones in each process, made when they are
/// first needed.
static KEYS: OnceLock<Option<[PrivateKey; 2]>> = OnceLock::new();

/// The names of the keys, by what they are for. Some servers take no key that does not say so, as it need not.
const NAMES: [(&str, KeyManagement); 3] = [
    ("authspec-rsa-oaep", KeyManagement::RsaOaep),
    ("authspec-rsa-oaep-256", KeyManagement::RsaOaep256),
    ("authspec-ecdh-es", KeyManagement::EcdhEs),
];

/// The public keys that a client registers to have answers encrypted for it.
pub(super) fn public_keys() -> impl Iterator<Item = Value> {
    let keys = KEYS.get_or_init(|| Some([PrivateKey::rsa()?, PrivateKey::curve()?]));
    keys.iter().flat_map(|[rsa, curve]| {
        NAMES.iter().map(move |(name, algorithm)| {
            let key = if *algorithm == KeyManagement::EcdhEs { curve } else { rsa };
            key.public(name, Some(*algorithm))
        })
    })
}

impl Values {
    /// What is in this JWT, if it is encrypted for a client that the case has registered.
    pub(in crate::run) fn decrypt(&self, text: &str) -> Option<Decrypted> {
        KEYS.get()?.iter().flatten().find_map(|key| key.decrypt(text))
    }

    /// Takes what is in JWTs that were encrypted, in place of these.
    pub(in crate::run) fn take_decrypted(&mut self, decrypted: &BTreeMap<String, Decrypted>) {
        for name in [ID_TOKEN, INTROSPECTION, USERINFO] {
            let Some(received) = self.received(name) else { continue };
            if let Some(Decrypted { content, .. }) = decrypted.get(&received) {
                let content = String::from_utf8_lossy(content).into_owned();
                if self.first_id_token.as_ref() == Some(&received) {
                    self.first_id_token = Some(content.clone());
                }
                self.received.insert(name.to_owned(), content.into());
            }
        }
    }

    /// The key that the server publishes to encrypt by this algorithm.
    pub(in crate::run) fn server_key(&self, algorithm: KeyManagement) -> Option<Value> {
        let keys = jwt::keys(self.first_keys()?)?;
        keys.into_iter().find(|key| fits(key, algorithm))
    }

    /// Whether values are only shown by their names, and nothing is sent.
    pub(in crate::run) fn is_named(&self) -> bool {
        !self.named.is_empty()
    }
}
