//! Authorization responses whose parameters are in a JWT (OAuth.JARM §2).

use serde_json::Value;

use super::encryption_keys;
use super::jwt;
use super::names::{RESPONSE, answers_authorization};
use super::params::Params;

/// Claims that protect the JWT, and are no parameters of the response (RFC7519 §4.1).
const OF_JWT: &[&str] = &["aud", "exp", "iat", "nbf", "jti", "sub"];

/// The parameters in the JWT among these, which may be encrypted for a client that a case has registered, or `None` if
/// there is none with an authorization response in it. Nothing is checked: cases do that.
pub(super) fn open(params: &Params) -> Option<Params> {
    let text = params.get(RESPONSE)?;
    let decrypted =
        || jwt::parts(&String::from_utf8(encryption_keys::decrypt(text)?.content).ok()?);
    let (_, payload) = jwt::parts(text).or_else(decrypted)?;
    let claims = payload.as_object()?.iter();
    let claims = claims.filter(|(name, _)| !OF_JWT.contains(&name.as_str()));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let inside: Params = claims.map(|(name, value)| (name.clone(), text(value))).collect();
    let answers = inside.iter().any(|(name, _)| answers_authorization(name));
    answers.then_some(inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_authorization_response_is_opened() {
        let packed = |claims: &Value| {
            let mut params = Params::default();
            params.set(RESPONSE, jwt::unsigned(claims));
            open(&params).map(|inside| inside.encode())
        };
        let response = json!({ "iss": "i", "aud": "a", "exp": 1, "code": "c", "expires_in": 5 });
        assert_eq!(packed(&response).unwrap(), "code=c&expires_in=5&iss=i");
        assert_eq!(packed(&json!({ "iss": "i", "aud": "a" })), None);
        assert_eq!(open(&Params::parse("response=yes&code=c")), None);
    }
}
