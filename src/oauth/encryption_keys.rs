//! The keys that what servers send is encrypted for, if a client is registered for that.

use std::sync::OnceLock;

use authspec_jwe::{Decrypted, KeyManagement, PrivateKey};
use serde_json::Value;

/// An RSA key and one on P-256: new ones in each process, made when they are first needed.
static KEYS: OnceLock<Option<[PrivateKey; 2]>> = OnceLock::new();

/// The names of the keys, by what they are for. Some servers take no key that does not say so, as it need not.
const NAMES: [(&str, KeyManagement); 3] = [
    ("authspec-rsa-oaep", KeyManagement::RsaOaep),
    ("authspec-rsa-oaep-256", KeyManagement::RsaOaep256),
    ("authspec-ecdh-es", KeyManagement::EcdhEs),
];

/// The public keys that a client registers to have answers encrypted for it.
pub fn public() -> impl Iterator<Item = Value> {
    let keys = KEYS.get_or_init(|| Some([PrivateKey::rsa()?, PrivateKey::curve()?]));
    keys.iter().flat_map(|[rsa, curve]| {
        NAMES.iter().map(move |(name, algorithm)| {
            let key = if *algorithm == KeyManagement::EcdhEs { curve } else { rsa };
            key.public(name, Some(*algorithm))
        })
    })
}

/// What is in this JWT, if it is encrypted for one of the keys.
pub fn decrypt(text: &str) -> Option<Decrypted> {
    KEYS.get()?.iter().flatten().find_map(|key| key.decrypt(text))
}
