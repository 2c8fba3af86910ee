//! Encrypts for a public key (RFC7516 §5.1).

use aws_lc_rs::agreement::{self, ECDH_P256};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
    PublicKeyComponents,
};
use serde_json::{Map, Value};

use crate::content::{Sealed, seal};
use crate::parts::{agreed, encoded, key_of, member, point};
use crate::{ContentEncryption, KeyManagement};

/// Whether this key of a JWK Set is one to encrypt with, by this algorithm (RFC7517 §4.1, §4.2, §4.4).
pub fn fits(key: &Value, algorithm: KeyManagement) -> bool {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let is_kind = match algorithm {
        KeyManagement::RsaOaep | KeyManagement::RsaOaep256 => text("kty") == Some("RSA"),
        KeyManagement::EcdhEs => text("kty") == Some("EC") && text("crv") == Some("P-256"),
    };
    let is_for_it = text("alg").is_none_or(|name| name == algorithm.name());
    is_kind && is_for_it && text("use") == Some("enc")
}

/// The content, encrypted for this public key. The header has these members, besides the algorithms and the name of the
/// key. None if the key is none for the algorithm.
pub fn encrypt(
    content: &[u8],
    key: &Value,
    (algorithm, method): (KeyManagement, ContentEncryption),
    mut header: Map<String, Value>,
) -> Option<String> {
    let key = key.as_object()?;
    header.insert("alg".to_owned(), algorithm.name().into());
    header.insert("enc".to_owned(), method.name().into());
    if let Some(kid) = key.get("kid") {
        header.insert("kid".to_owned(), kid.clone());
    }
    let (content_key, sent_key) = match algorithm {
        KeyManagement::EcdhEs => {
            let own = agreement::PrivateKey::generate(&ECDH_P256).ok()?;
            let public = key_of(own.compute_public_key().ok()?.as_ref())?;
            let agreed = agreed(&own, &point(key)?, method, &header)?;
            header.insert("epk".to_owned(), public.into());
            (agreed, Vec::new())
        }
        KeyManagement::RsaOaep | KeyManagement::RsaOaep256 => {
            let mut content_key = vec![0; method.key_length()];
            rand::fill(&mut content_key).ok()?;
            let sent = wrapped(key, &content_key, algorithm)?;
            (content_key, sent)
        }
    };
    let header = encoded(Value::Object(header).to_string().as_bytes());
    let Sealed { iv, text, tag } = seal(method, &content_key, header.as_bytes(), content)?;
    let [sent_key, iv, text, tag] = [sent_key, iv, text, tag].map(|part| encoded(&part));
    Some([header, sent_key, iv, text, tag].join("."))
}

/// The key of the content, encrypted for the public key.
fn wrapped(
    key: &Map<String, Value>,
    content_key: &[u8],
    algorithm: KeyManagement,
) -> Option<Vec<u8>> {
    let parts = PublicKeyComponents { n: member(key, "n")?, e: member(key, "e")? };
    let public: PublicEncryptingKey = parts.try_into().ok()?;
    let public = OaepPublicEncryptingKey::new(public).ok()?;
    let hash = match algorithm {
        KeyManagement::RsaOaep => &OAEP_SHA1_MGF1SHA1,
        _ => &OAEP_SHA256_MGF1SHA256,
    };
    let mut sent = vec![0; public.ciphertext_size()];
    Some(public.encrypt(hash, content_key, &mut sent, None).ok()?.to_vec())
}
