//! What both directions share: parts of a JWE, and the agreement on a key.

use aws_lc_rs::agreement::{self, ECDH_P256, UnparsedPublicKey};
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::ContentEncryption;

/// The number of bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

pub(crate) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The bytes of a member of a key (RFC7518 §6.2.1, §6.3.1).
pub(crate) fn member(key: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    decoded(key.get(name)?.as_str()?.trim_end_matches('='))
}

/// The point of a public key on P-256, uncompressed (RFC7518 §6.2.1).
pub(crate) fn point(key: &Map<String, Value>) -> Option<Vec<u8>> {
    let is_p256 = key.get("crv").and_then(Value::as_str) == Some("P-256");
    let [x, y] = ["x", "y"].map(|name| member(key, name).filter(|it| it.len() == COORDINATE));
    Some([vec![4], x?, y?].concat()).filter(|_| is_p256)
}

/// The public key of this point, as a JWK.
pub(crate) fn key_of(point: &[u8]) -> Option<Map<String, Value>> {
    let (x, y) = point.get(1..)?.split_at_checked(COORDINATE)?;
    let members = [("kty", "EC".to_owned()), ("crv", "P-256".to_owned())];
    let members = members.into_iter().chain([("x", encoded(x)), ("y", encoded(y))]);
    Some(members.map(|(name, value)| (name.to_owned(), value.into())).collect())
}

/// The key that both sides agree on for this content encryption (RFC7518 §4.6.2). The parties are named in
/// the header, if at all.
pub(crate) fn agreed(
    own: &agreement::PrivateKey,
    theirs: &[u8],
    method: ContentEncryption,
    header: &Map<String, Value>,
) -> Option<Vec<u8>> {
    let party = |name: &str| member(header, name).unwrap_or_default();
    let length = u32::try_from(method.key_length() * 8).ok()?;
    let mut info = Vec::new();
    for field in [method.name().as_bytes(), &party("apu"), &party("apv")] {
        info.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
        info.extend(field);
    }
    info.extend(length.to_be_bytes());
    let derive = |secret: &[u8]| {
        let mut key = vec![0; method.key_length()];
        let hash = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(())?;
        sskdf_digest(hash, secret, &info, &mut key).map_err(|_| ())?;
        Ok(key)
    };
    agreement::agree(own, UnparsedPublicKey::new(&ECDH_P256, theirs), (), derive).ok()
}
