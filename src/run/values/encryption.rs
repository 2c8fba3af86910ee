//! What the server encrypts for a client that the case has registered, and the keys that are encrypted for it.

use std::collections::BTreeMap;

use authspec_jwe::{Decrypted, KeyManagement, decrypt_with_secret, fits};
use serde_json::Value;

use super::Values;
use super::extension::{INTROSPECTION, USERINFO};
use crate::oauth::names::{ID_TOKEN, RESPONSE};
use crate::oauth::{encryption_keys, jwt};

impl Values {
    /// What is in this JWT, if it is encrypted for a client that the case has registered: for its key, or with its
    /// secret.
    pub(in crate::run) fn decrypt(&self, text: &str) -> Option<Decrypted> {
        let secrets = self.registered_clients().map(|client| client.secret.as_str());
        let mut secrets = secrets.filter(|secret| !secret.is_empty());
        let by_secret = || secrets.find_map(|secret| decrypt_with_secret(text, secret));
        encryption_keys::decrypt(text).or_else(by_secret)
    }

    /// Takes what is in JWTs that were encrypted, in place of these.
    pub(in crate::run) fn take_decrypted(&mut self, decrypted: &BTreeMap<String, Decrypted>) {
        for name in [ID_TOKEN, INTROSPECTION, RESPONSE, USERINFO] {
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
