//! Proofs that a client holds a key (RFC9449 §4).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::jws::Unsigned;
use super::names::{JTI, NONCE};
use super::request::{Authentication, Request};

/// What is new in each proof.
pub struct Fresh {
    /// Its identifier.
    pub jti: String,
    /// When it is made: seconds since 1970, or a name for these.
    pub now: Value,
    /// The newest nonce of the server, if it gives any.
    pub nonce: Option<String>,
}

/// A proof for this request that the client holds the key, before it is signed (RFC9449 §4.2).
pub fn proof(key: Value, request: &Request, fresh: Fresh) -> Unsigned {
    let mut claims = Map::new();
    claims.insert(JTI.to_owned(), fresh.jti.into());
    claims.insert("htm".to_owned(), request.method.name().into());
    claims.insert("htu".to_owned(), address(request).into());
    claims.insert("iat".to_owned(), fresh.now);
    if let Authentication::Dpop(token) | Authentication::Bearer(token) = &request.authentication {
        claims.insert("ath".to_owned(), hash(token).into());
    }
    if let Some(nonce) = fresh.nonce {
        claims.insert(NONCE.to_owned(), nonce.into());
    }
    let mut header = Map::new();
    header.insert("typ".to_owned(), "dpop+jwt".into());
    header.insert("jwk".to_owned(), key);
    Unsigned { header, claims, again: Map::new() }
}

/// Where the request goes, without query and fragment.
pub fn address(request: &Request) -> &str {
    request.endpoint.split(['?', '#']).next().unwrap_or_default()
}

/// The hash of an access token (RFC9449 §4.2); one that is only a name has a name for its hash.
pub fn hash(token: &str) -> String {
    match token.starts_with('[') {
        true => "[ath]".to_owned(),
        false => URL_SAFE_NO_PAD.encode(Sha256::digest(token)),
    }
}
