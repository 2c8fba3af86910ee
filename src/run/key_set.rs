//! Checks the published key set: no private parts, keys that are complete, and that can be told apart.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::mismatch::Mismatch;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::jwt;
use crate::suite::{Expect, KeyRule};

/// What is wrong with the key set.
pub(super) fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if expect.private_keys.is_none() && expect.names_key.is_none() && expect.keys.is_empty() {
        return found;
    }
    let Outcome::Answered(answer) = &performed.outcome else { return found };
    if answer.is_cut() {
        // Anything beyond what was read is ignored (see `preconditions`).
        return found;
    }
    let Some(keys) = jwt::keys(&answer.body) else {
        found.push(Mismatch::new("a key set".to_owned(), super::seen::describe(performed)));
        return found;
    };
    if let Some(wanted) = expect.private_keys {
        let secret = keys.iter().flat_map(jwt::private_members).next();
        if secret.is_some() != wanted {
            let seen = secret.map_or_else(
                || "all keys are public".to_owned(),
                |name| format!("a key with the private member {name}"),
            );
            found.push(Mismatch::new(format!("private or symmetric keys: {wanted}"), seen));
        }
    }
    if let (Some(wanted), Some(token)) = (expect.names_key, values.signed_token()) {
        let kid = jwt::header(&token, "kid");
        let named =
            keys.iter().filter(|key| key.get("kid").and_then(|it| it.as_str()) == kid.as_deref());
        let named = if kid.is_some() { named.count() } else { 0 };
        // A single key needs no name.
        let is_named = keys.len() < 2 || named == 1;
        if is_named != wanted {
            let seen = match kid {
                None => format!("no kid, and {} keys", keys.len()),
                Some(_) => format!("a kid that {named} of {} keys have", keys.len()),
            };
            found.push(Mismatch::new(format!("ID token names its key: {wanted}"), seen));
        }
    }
    for rule in &expect.keys {
        let token = values.signed_token();
        found.extend(
            broken(*rule, &keys, token.as_deref()).map(|seen| Mismatch::new(rule.sentence(), seen)),
        );
    }
    found
}

/// How the keys break the rule.
fn broken(rule: KeyRule, keys: &[Value], token: Option<&str>) -> Option<String> {
    let encrypts = |key: &Value| text(key, "use").as_deref() == Some("enc");
    let kind = |key: &Value| text(key, "kty").unwrap_or_default();
    let moduli = || keys.iter().filter(|key| kind(key) == "RSA").filter_map(jwt::modulus);
    match rule {
        KeyRule::Kinds => {
            keys.iter().any(|key| kind(key).is_empty()).then(|| "a key without kty".to_owned())
        }
        KeyRule::Parts => keys.iter().find_map(|key| {
            let kind = kind(key);
            let has = |name: &str| text(key, name).is_some_and(|it| !it.is_empty());
            let lacking = jwt::public_members(&kind).iter().find(|name| !has(name))?;
            Some(format!("a key of the kind {kind} without {lacking}"))
        }),
        KeyRule::Names => {
            let mut seen = BTreeSet::new();
            let named = keys.iter().filter_map(|key| Some((kind(key), text(key, "kid")?)));
            let twice = named.into_iter().any(|key| !seen.insert(key));
            twice.then(|| "two keys with the same kid".to_owned())
        }
        KeyRule::Sizes => {
            let bits = |bytes: &[u8]| {
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                let first = bytes.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
                (bytes.len() - zeros) * 8 - first
            };
            let shortest = moduli().map(|bytes| bits(&bytes)).min()?;
            (shortest < 2048).then(|| format!("an RSA key of {shortest} bits"))
        }
        KeyRule::Moduli => moduli()
            .any(|bytes| bytes.first() == Some(&0))
            .then(|| "a modulus that begins with a zero byte".to_owned()),
        KeyRule::Uses => {
            let lacks = keys.iter().any(|key| text(key, "use").is_none());
            (keys.iter().any(encrypts) && lacks)
                .then(|| "a key without use beside one for encryption".to_owned())
        }
        KeyRule::Signs => signed_in_vain(keys, token?),
        KeyRule::Encrypts => {
            (!keys.iter().any(encrypts)).then(|| "no key for encryption".to_owned())
        }
        KeyRule::NoneEncrypts => {
            keys.iter().any(encrypts).then(|| "a key for encryption".to_owned())
        }
    }
}

/// How the keys that have signed the token say that they are not for that. If one says nothing of the kind, nothing is
/// wrong.
fn signed_in_vain(keys: &[Value], token: &str) -> Option<String> {
    let has_signed = |key: &&Value| {
        let alone = json!({ "keys": [key] }).to_string();
        jwt::is_signed_by(token, &alone, "")
    };
    let signers: Vec<_> = keys.iter().filter(has_signed).map(is_for_others).collect();
    signers.into_iter().collect::<Option<Vec<_>>>()?.into_iter().next()
}

/// How a key says that it is not for signatures (RFC7517 §4.2, §4.3).
fn is_for_others(key: &Value) -> Option<String> {
    let verifies = |uses: &Vec<Value>| uses.iter().any(|it| it == "verify");
    let uses = key.get("key_ops").and_then(Value::as_array);
    match text(key, "use").filter(|it| it == "enc") {
        Some(_) => Some("signed by a key whose use is enc".to_owned()),
        None if uses.is_none_or(verifies) => None,
        None => Some("signed by a key whose key_ops lack verify".to_owned()),
    }
}

fn text(key: &Value, name: &str) -> Option<String> {
    key.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_it_is_not_for() {
        for (key, is_right) in [
            (json!({ "kty": "RSA" }), true),
            (json!({ "kty": "RSA", "use": "sig" }), true),
            (json!({ "kty": "RSA", "use": "sig", "key_ops": ["verify"] }), true),
            (json!({ "kty": "RSA", "key_ops": "verify" }), true),
            (json!({ "kty": "RSA", "use": "enc" }), false),
            (json!({ "kty": "RSA", "key_ops": ["encrypt", "wrapKey"] }), false),
        ] {
            assert_eq!(is_for_others(&key).is_none(), is_right, "{key}");
        }
    }
}
