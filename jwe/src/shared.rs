//! Encrypts and decrypts with the secret of a client, of which the key is made (RFC7518 §4.5, OpenID.Core §10.2).

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use serde_json::{Map, Value};

use crate::ContentEncryption;
use crate::content::{Sealed, seal};
use crate::decrypt::{Decrypted, Received};
use crate::parts::encoded;

/// The name of the algorithm: the content is encrypted with the shared key itself (RFC7518 §4.5).
pub const DIRECT: &str = "dir";

/// The content, encrypted with the key that this secret makes. The header has these members, besides the algorithms.
pub fn encrypt_with_secret(
    content: &[u8],
    secret: &str,
    method: ContentEncryption,
    header: Map<String, Value>,
) -> Option<String> {
    encrypt_directly(content, &key_of_secret(secret, method), method, header)
}

/// The content, encrypted with this key.
pub fn encrypt_directly(
    content: &[u8],
    key: &[u8],
    method: ContentEncryption,
    mut header: Map<String, Value>,
) -> Option<String> {
    header.insert("alg".to_owned(), DIRECT.into());
    header.insert("enc".to_owned(), method.name().into());
    let header = encoded(Value::Object(header).to_string().as_bytes());
    let Sealed { iv, text, tag } = seal(method, key, header.as_bytes(), content)?;
    let [iv, text, tag] = [iv, text, tag].map(|part| encoded(&part));
    Some([header, String::new(), iv, text, tag].join("."))
}

/// The content of this JWE, or `None` if it is none that the key of this secret opens.
pub fn decrypt_with_secret(text: &str, secret: &str) -> Option<Decrypted> {
    let received = Received::read(text)?;
    if received.said("alg") != Some(DIRECT) || !received.key.is_empty() {
        return None;
    }
    let key = key_of_secret(secret, received.method);
    received.open(&key)
}

/// The left-most bits of the hash of the secret, by the shortest hash that has enough.
fn key_of_secret(secret: &str, method: ContentEncryption) -> Vec<u8> {
    let length = method.key_length();
    let hash = match length {
        ..=32 => &SHA256,
        33..=48 => &SHA384,
        _ => &SHA512,
    };
    digest(hash, secret.as_bytes()).as_ref().iter().copied().take(length).collect()
}
