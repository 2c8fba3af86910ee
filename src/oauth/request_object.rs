//! Request objects: authorization requests as signed JWTs (RFC9101, OpenID.Core §6).

use serde_json::{Map, Value};

use super::jws::Unsigned;
use super::names::{
    AUD, CLAIMS, CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, ISS, MAX_AGE,
    OPENID, REQUEST, REQUEST_URI, RESPONSE_TYPE, SCOPE,
};
use super::params::Params;

/// How long an object is valid, in seconds: a visit may be made in a browser after another one.
pub const LIFETIME: u64 = 300;

/// The type of a request object (RFC9101 §9.4.1).
const TYPE: &str = "oauth-authz-req+jwt";

/// What is never in an object: what authenticates the client, and other requests (RFC9101 §4,
/// RFC9126 §3).
const OUTSIDE: [&str; 5] =
    [CLIENT_SECRET, CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, REQUEST, REQUEST_URI];

/// The object with these parameters, by which a client asks a server (RFC9101 §4).
///
/// It has no identifier, so that a visit may begin anew with the same one.
pub fn unsigned(params: &Params, issuer: &str, audience: &str, now: &Value) -> Unsigned {
    let expires = match now.as_u64() {
        Some(now) => Value::from(now + LIFETIME),
        None => format!("[now+{LIFETIME}s]").into(),
    };
    let own = [
        (ISS, Value::from(issuer)),
        (AUD, audience.into()),
        ("iat", now.clone()),
        ("nbf", now.clone()),
        ("exp", expires),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    let inside = params.iter().filter(|(name, _)| !OUTSIDE.contains(name));
    let inside = inside.map(|(name, value)| (name.to_owned(), claim(name, value)));
    let header = Map::from_iter([("typ".to_owned(), TYPE.into())]);
    Unsigned { header, ..Unsigned::of(own.chain(inside).collect()) }
}

/// The value of a parameter as JSON: numbers are numbers (RFC9101 §4), and what is JSON stays JSON.
fn claim(name: &str, value: &str) -> Value {
    let json: Option<Value> = serde_json::from_str(value).ok();
    let is_kept = |json: &Value| match name {
        MAX_AGE => json.is_u64(),
        CLAIMS | "authorization_details" => json.is_object() || json.is_array(),
        _ => false,
    };
    json.filter(is_kept).unwrap_or_else(|| value.into())
}

/// What stands beside the object of this request. An OpenID Connect request repeats outside of it what
/// makes it a request of OAuth 2.0 (OpenID.Core §6.1), unless it is pushed (RFC9126 §3).
pub fn beside(params: &Params, is_pushed: bool) -> Params {
    let scopes = params.get(SCOPE).unwrap_or_default();
    let repeats = !is_pushed && scopes.split(' ').any(|scope| scope == OPENID);
    let is_beside = |name: &str| match name {
        CLIENT_ID => true,
        RESPONSE_TYPE | SCOPE => repeats,
        name => OUTSIDE.contains(&name),
    };
    params.iter().filter(|(name, _)| is_beside(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_json_are_no_texts() {
        let params =
            Params::parse("max_age=60&state=60&claims=%7B%22a%22%3A1%7D&request_uri=urn%3Aa");
        let object = unsigned(&params, "web", "https://as.example", &7.into());
        let claims = Value::Object(object.claims);
        let expected = serde_json::json!({
            "iss": "web", "aud": "https://as.example", "iat": 7, "nbf": 7, "exp": 307,
            "max_age": 60, "state": "60", "claims": { "a": 1 },
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn an_openid_request_repeats_what_oauth_requires() {
        let beside = |query: &str, is_pushed| beside(&Params::parse(query), is_pushed).encode();
        let openid = "client_id=web&response_type=code&scope=openid+a&state=b";
        assert_eq!(beside(openid, false), "client_id=web&response_type=code&scope=openid+a");
        assert_eq!(beside(openid, true), "client_id=web");
        assert_eq!(beside("client_id=web&response_type=code&scope=a", false), "client_id=web");
    }
}
