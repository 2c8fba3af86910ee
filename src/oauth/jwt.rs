//! Looking into a JSON Web Token without trusting it: for showing and comparing claims only.

use serde_json::{Map, Value, json};

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
];

/// What is shown in place of the value of a claim, or of a parameter of that name, which differs on
/// every run.
pub fn shown(name: &str) -> Option<&'static str> {
    VOLATILE.iter().find(|(known, _)| *known == name).map(|(_, shown)| *shown)
}

/// The claims of a signed JWT, unverified; nothing where the text is not one.
pub fn claims(text: &str) -> Option<Map<String, Value>> {
    jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(text)
        .ok()
        .map(|token| token.claims)
}

/// What a snapshot shows of a JWT: algorithm, type and claims, with what differs on every run named
/// instead; nothing where the text is not one.
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
