//! Assertions with which a client authenticates (RFC7523 §2.2, OpenID.Core §9).

use serde_json::{Value, json};

use super::jws::Unsigned;
use super::names::{AUD, ISS, JTI, SUB};

/// The value of `client_assertion_type` for JWTs (RFC7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is valid, in seconds: servers may refuse one that is valid for longer.
pub const LIFETIME: u64 = 60;

/// The assertion of a client for a server: new, and valid from now on (RFC7523 §3).
pub fn unsigned(client_id: &str, audience: &str, jti: &str, now: &Value) -> Unsigned {
    let claims = json!({
        ISS: client_id, SUB: client_id, AUD: audience, JTI: jti, "iat": now, "exp": expiry(now),
    });
    Unsigned::of(claims.as_object().cloned().unwrap_or_default())
}

/// The time at which what is made now expires; a text if that is only shown.
fn expiry(now: &Value) -> Value {
    match now.as_u64() {
        Some(now) => Value::from(now + LIFETIME),
        None => format!("[now+{LIFETIME}s]").into(),
    }
}
