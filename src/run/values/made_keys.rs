//! Keys that are made for one attempt of a case, when they are first needed.

use std::sync::{Arc, OnceLock};

use serde_json::json;

use super::Values;
use super::assertion::SHOWN;
use crate::oauth::encryption_keys;
use crate::oauth::jws::Signer;
use crate::oauth::signing::{PrivateKey, SigningAlgorithm};
use crate::suite::Placeholder;
use crate::wire::Names;

/// A key, and another one.
#[derive(Clone, Debug, Default)]
pub(super) struct MadeKeys(Arc<[OnceLock<PrivateKey>; 2]>);

impl MadeKeys {
    /// The key, or the other one.
    pub(super) fn get(&self, is_other: bool) -> Option<&PrivateKey> {
        let cell = &self.0[usize::from(is_other)];
        if cell.get().is_none() {
            let _ = cell.set(PrivateKey::generate(SigningAlgorithm::Es256)?);
        }
        cell.get()
    }

    /// The key and the other one, each if it was made.
    pub(super) fn made(&self) -> impl Iterator<Item = Option<&PrivateKey>> {
        self.0.iter().map(OnceLock::get)
    }

    /// Names the private keys, which a case may send.
    pub(super) fn name(&self, by: &str, names: &mut Names) {
        let keys = self.made().flatten();
        keys.flat_map(PrivateKey::secrets).for_each(|part| names.add_secret(part, by));
    }
}

impl Values {
    /// What a client signs with that the case has registered with `{keys}`, or with `{next.keys}`.
    pub(in crate::run) fn made_key(&self, is_next: bool) -> Option<Signer> {
        match self.named.is_empty() {
            true => Some(Signer::Key(self.client_keys.get(is_next)?.clone())),
            false => Some(Signer::Shown(SigningAlgorithm::Es256, SHOWN.to_owned())),
        }
    }

    /// A set of public keys.
    pub(super) fn key_set(&self, placeholder: Placeholder) -> Option<String> {
        let is_next = match placeholder {
            Placeholder::Keys => false,
            Placeholder::NextKeys => true,
            Placeholder::EncryptionKeys => false,
            _ => return None,
        };
        let mut keys = vec![self.client_keys.get(is_next)?.public()];
        if placeholder == Placeholder::EncryptionKeys {
            keys.extend(encryption_keys::public());
        }
        Some(json!({ "keys": keys }).to_string())
    }
}
