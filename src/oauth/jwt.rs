//! Decodes a JSON Web Token without trusting it, only to show and compare claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Claims that differ on every run, and what is shown in their place (RFC7519 §4.1, OpenID.Core §2).
const VOLATILE: &[(&str, &str)] = &[
    ("exp", "[time]"),
    ("nbf", "[time]"),
    ("iat", "[time]"),
    ("auth_time", "[time]"),
    ("updated_at", "[time]"),
    ("jti", "[jti]"),
    ("sid", "[sid]"),
    ("at_hash", "[at_hash]"),
    ("c_hash", "[c_hash]"),
    ("s_hash", "[s_hash]"),
    ("nonce", "[nonce]"),
    ("reuse_id", "[reuse_id]"),
    ("rat", "[time]"),
];

/// What is shown in place of the value of a claim, or of a parameter of that name, that differs on
/// every run.
pub fn shown(name: &str) -> Option<&'static str> {
    VOLATILE.iter().find(|(known, _)| *known == name).map(|(_, shown)| *shown)
}

/// The claims of a signed JWT, unverified, or `None` if the text is not one.
pub fn claims(text: &str) -> Option<Map<String, Value>> {
    jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(text)
        .ok()
        .map(|token| token.claims)
}

/// A member of the header of a JWT, whatever its algorithm (RFC7515 §4.1).
pub fn header(text: &str, name: &str) -> Option<String> {
    header_parameters(text)?.get(name)?.as_str().map(str::to_owned)
}

/// The header of a JWT, whatever its algorithm (RFC7515 §4.1).
pub fn header_parameters(text: &str) -> Option<Map<String, Value>> {
    let (header, _) = text.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&header).ok()
}

/// The header and the payload of a JWT, whatever its algorithm or signature, or `None` if it is not
/// made of JSON.
pub fn parts(text: &str) -> Option<(Value, Value)> {
    let (header, rest) = text.split_once('.')?;
    let payload = rest.split('.').next()?;
    let read = |part: &str| {
        let part = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Value>(&part).ok()
    };
    Some((read(header).filter(Value::is_object)?, read(payload)?))
}

/// Whether the text is an encrypted JWT: five parts, the first of which says how the content is encrypted (RFC7516 §7.1).
pub fn is_encrypted(text: &str) -> bool {
    let says_how = |header: Map<String, Value>| header.contains_key("enc");
    text.split('.').count() == 5 && header_parameters(text).is_some_and(says_how)
}

/// The algorithm that the JWT is signed with, if it cannot be checked here.
pub fn unknown_algorithm(text: &str) -> Option<String> {
    let algorithm = header(text, "alg")?;
    let is_none = algorithm.eq_ignore_ascii_case("none");
    (!is_none && algorithm.parse::<Algorithm>().is_err()).then_some(algorithm)
}

/// Whether one of the keys in this JWK Set has signed the JWT (RFC7515 §5.2), or, for a symmetric
/// algorithm, this secret has (OpenID.Core §10.1). Its claims are not checked.
///
/// A secret that is published in the set proves nothing.
pub fn is_signed_by(text: &str, keys: &str, secret: &str) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(text) else { return false };
    let Some((message, signature)) = text.rsplit_once('.') else { return false };
    // To decode it would refuse some claims too.
    let signed = |key: &DecodingKey| {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, header.alg)
            .unwrap_or(false)
    };
    if matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return !secret.is_empty() && signed(&DecodingKey::from_secret(secret.as_bytes()));
    }
    let keys = self::keys(keys).unwrap_or_default().into_iter();
    let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let keys = keys.filter(|key| !matches!(key.algorithm, AlgorithmParameters::OctetKey(_)));
    keys.filter_map(|key| DecodingKey::from_jwk(&key).ok()).any(|key| signed(&key))
}

/// The keys of a JWK Set, one by one, so that one of an unknown kind does not hide the others
/// (RFC7517 §5), or `None` if the text is not such a set.
pub fn keys(text: &str) -> Option<Vec<Value>> {
    let set: Map<String, Value> = serde_json::from_str(text).ok()?;
    set.get("keys")?.as_array().cloned()
}

/// Private parts of keys: the members of private keys, and that of a symmetric one (RFC7518 §6.2.2,
/// §6.3.2, §6.4.1; RFC8037 §2).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The private members of a key.
pub fn private_members(key: &Value) -> Vec<&'static str> {
    PRIVATE.iter().copied().filter(|name| key.get(name).is_some_and(|it| !it.is_null())).collect()
}

/// The members of a public key of a known kind (RFC7518 §6.2.1, §6.3.1; RFC8037 §2); none of an
/// unknown kind.
pub fn public_members(kind: &str) -> &'static [&'static str] {
    match kind {
        "RSA" => &["n", "e"],
        "EC" => &["crv", "x", "y"],
        "OKP" => &["crv", "x"],
        _ => &[],
    }
}

/// The modulus of an RSA key, byte by byte (RFC7518 §6.3.1.1).
pub fn modulus(key: &Value) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(key.get("n")?.as_str()?.trim_end_matches('=')).ok()
}

/// The value of `at_hash` or `c_hash` for this value: the left half of its hash, by the hash
/// function of the algorithm that the ID token is signed with (OpenID.Core §3.1.3.6), or `None` if
/// no specification says which one that is.
pub fn half_hash(id_token: &str, value: &str) -> Option<String> {
    let hash = match jsonwebtoken::decode_header(id_token).ok()?.alg {
        Algorithm::HS256 | Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => {
            Sha256::digest(value).to_vec()
        }
        Algorithm::HS384 | Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => {
            Sha384::digest(value).to_vec()
        }
        Algorithm::HS512 | Algorithm::RS512 | Algorithm::PS512 => Sha512::digest(value).to_vec(),
        _ => return None,
    };
    Some(URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2]))
}

/// The JWT with the bytes of its signature in another order, or `None` if the text is not one.
pub fn forged(text: &str) -> Option<String> {
    let (signed, signature) = text.rsplit_once('.')?;
    let mut signature = URL_SAFE_NO_PAD.decode(signature).ok().filter(|it| !it.is_empty())?;
    signature.reverse();
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The JWT with zeros for its signature, or `None` if the text is not one.
pub fn with_zeros(text: &str) -> Option<String> {
    let (signed, signature) = text.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok().filter(|it| !it.is_empty())?;
    Some(format!("{signed}.{}", encoded(&vec![0; signature.len()])))
}

/// A part of a JWT.
pub fn encoded(part: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// An unsigned JWT with these claims (RFC7519 §6.1).
pub fn unsigned(claims: &Value) -> String {
    let header = json!({ "alg": "none" }).to_string();
    let [header, claims] = [header, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.")
}

/// What a snapshot shows of a JWT: algorithm, type and claims, with names in place of what differs
/// on every run, or `None` if the text is not one.
pub fn summary(text: &str) -> Option<Value> {
    let header = jsonwebtoken::decode_header(text).ok()?;
    let mut claims = claims(text)?;
    for (name, shown) in VOLATILE {
        if let Some(value) = claims.get_mut(*name) {
            *value = (*shown).into();
        }
    }
    Some(json!({ "alg": header.alg, "typ": header.typ, "claims": claims }))
}
