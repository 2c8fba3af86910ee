//! Encrypts a JWT that a client has made, for the server (RFC7516).

use authspec_jwe::encrypt;
use serde_json::{Map, json};

use crate::oauth::jwt;
use crate::run::values::Values;
use crate::suite::{Encrypted, Step};

/// Why the step cannot be tried: the server publishes no key that its JWT could be encrypted for.
pub(in crate::run) fn unencryptable(step: &Step, values: &Values) -> Option<String> {
    let change = step.change.as_ref()?;
    let mut jwts = [&change.object, &change.assertion, &change.grant].into_iter().flatten();
    let alg = jwts.find_map(|jwt| jwt.encrypted)?.alg;
    let has_key = values.is_named() || values.server_key(alg).is_some();
    (!has_key).then(|| format!("the server publishes no key to encrypt with {alg}"))
}

/// The JWT, encrypted. Where nothing is sent, it is shown as it is.
pub(super) fn encrypted(how: Encrypted, text: String, values: &Values) -> Result<String, String> {
    if values.is_named() {
        return Ok(text);
    }
    let Encrypted { alg, enc } = how;
    let missing = || format!("the server publishes no key to encrypt with {alg}");
    let key = values.server_key(alg).ok_or_else(missing)?;
    // What is in it is a JWT, if it is not made of claims alone (RFC7519 §5.2).
    let is_nested = jwt::parts(&text).is_some();
    let header = is_nested.then(|| ("cty".to_owned(), json!("JWT")));
    let header = header.into_iter().collect::<Map<_, _>>();
    encrypt(text.as_bytes(), &key, (alg, enc), header)
        .ok_or_else(|| format!("the server's key to encrypt with {alg} is broken"))
}
