//! Checks the published key set: no private parts, and keys that can be told apart.

use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::jwt;
use crate::suite::{Expect, Placeholder};

/// What is wrong with the key set: what is expected and what was seen.
pub(super) fn mismatches(
    expect: &Expect,
    performed: &Performed,
    values: &Values,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if expect.private_keys.is_none() && expect.names_key.is_none() {
        return found;
    }
    let Outcome::Answered(answer) = &performed.outcome else { return found };
    if answer.is_cut() {
        // Anything beyond what was read is ignored (see `preconditions`).
        return found;
    }
    let Some(keys) = jwt::keys(&answer.body) else {
        found.push(("a key set".to_owned(), super::seen::describe(performed)));
        return found;
    };
    if let Some(wanted) = expect.private_keys {
        let secret = keys.iter().flat_map(jwt::private_members).next();
        if secret.is_some() != wanted {
            let seen = secret.map_or_else(
                || "all keys are public".to_owned(),
                |name| format!("a key with the private member {name}"),
            );
            found.push((format!("private or symmetric keys: {wanted}"), seen));
        }
    }
    if let (Some(wanted), Some(token)) = (expect.names_key, values.get(Placeholder::IdToken)) {
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
            found.push((format!("ID token names its key: {wanted}"), seen));
        }
    }
    found
}
