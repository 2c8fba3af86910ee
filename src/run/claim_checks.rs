//! Checks claims: those about the user against the target file and the forms they are defined with,
//! those of ID tokens against their types.

use serde_json::{Map, Value};

use super::answer_members;
use super::mismatch::Mismatch;
use super::seen::pair;
use super::server_jwt;
use super::transcript::Performed;
use super::values::Values;
use crate::oauth::names::EVENTS;
use crate::oauth::{claim_form, claim_sources};
use crate::oauth::{jwt, member};
use crate::suite::Expect;
use crate::wire::quoted;

/// What does not hold.
pub(super) fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let mut found = about_user(expect, performed, values);
    for name in &expect.formed {
        if name == claim_sources::CLAIM_SOURCES {
            found.extend(of_sources(performed));
            continue;
        }
        let Some(form) = claim_form::form(name) else { continue };
        let value = answer_members::value(performed, name).filter(member::is_there);
        if let Some(value) = value.filter(|value| !form.fits(value)) {
            let expected = format!("{name} is {}", form.name());
            found.push(Mismatch::new(expected, pair(name, &value.to_string())));
        }
    }
    if let (Some(wanted), Some(answer)) = (expect.nulls, performed.answer()) {
        let json = answer.json().unwrap_or_default();
        let empty = json.iter().find(|(_, value)| is_empty(value));
        if empty.is_some() != wanted {
            let seen = empty.map_or_else(
                || "no such member".to_owned(),
                |(name, value)| pair(name, &value.to_string()),
            );
            found.push(Mismatch::new(format!("members that are null or empty: {wanted}"), seen));
        }
    }
    found.extend(of_id_token(expect, performed, values));
    found
}

/// What is wrong with the sources of claims that come from elsewhere.
fn of_sources(performed: &Performed) -> Option<Mismatch> {
    let names = answer_members::value(performed, claim_sources::CLAIM_NAMES)?;
    let sources = answer_members::value(performed, claim_sources::CLAIM_SOURCES);
    let seen = claim_sources::mistake(&names, sources.as_ref())?;
    let expected = "a source of each claim from elsewhere, with a JWT or an endpoint";
    Some(Mismatch::new(expected.to_owned(), seen))
}

/// How the JWT is not encrypted for the client.
pub(super) fn of_encryption(
    expect: &Expect,
    performed: &Performed,
    values: &Values,
) -> Vec<Mismatch> {
    let sent = server_jwt::sent(expect, performed);
    let is_encrypted = sent.as_ref().is_some_and(|sent| jwt::is_encrypted(sent));
    let decrypted = sent.and_then(|sent| performed.decrypted.get(&sent));
    let mut found = Vec::new();
    for (name, wanted) in &expect.jwe {
        let value = decrypted.and_then(|it| it.header.get(name)?.as_str());
        if wanted.any(|wanted| values.fill(wanted).as_deref() == value && value.is_some()) {
            continue;
        }
        let seen = match decrypted {
            Some(_) => value.map_or_else(|| format!("no {name}"), |it| pair(name, it)),
            None if is_encrypted => "encrypted, but not for a key of the client".to_owned(),
            None => "not encrypted".to_owned(),
        };
        found.push(Mismatch::new(format!("encrypted with {name}={wanted}"), seen));
    }
    found
}

/// What is not told as the target file says.
fn about_user(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let both = expect.tells.iter().map(|name| (name, true));
    for (name, must_be) in both.chain(expect.as_known.iter().map(|name| (name, false))) {
        let Some(known) = values.user.claims.get(name) else { continue };
        let told = answer_members::value(performed, name).filter(member::is_there);
        let expected = format!("{name} as in the target file");
        match told {
            Some(told) if !is_known(known, &told) => {
                found.push(Mismatch::new(expected, pair(name, &told.to_string())));
            }
            None if must_be => found.push(Mismatch::new(expected, format!("no {name}"))),
            _ => {}
        }
    }
    found
}

/// Whether the value is the known one. An object, such as an address, may have more members.
fn is_known(known: &Value, told: &Value) -> bool {
    match (known, told) {
        (Value::Object(known), Value::Object(told)) => {
            known.iter().all(|(name, value)| told.get(name) == Some(value))
        }
        (known, told) => known == told,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.values().any(is_empty),
        _ => false,
    }
}

/// What is wrong with the types and sizes in the ID token.
fn of_id_token(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let Some(token) = server_jwt::token(expect, performed) else { return found };
    let claims = server_jwt::claims(expect, performed).unwrap_or_default();
    for name in &expect.typed_claims {
        let (Some(kind), Some(value)) = (member::kind(name), claims.get(name)) else { continue };
        if !kind.fits(value) {
            let seen = format!("claim {}", pair(name, &value.to_string()));
            found.push(Mismatch::new(format!("claim {name} is {}", kind.name()), seen));
        }
    }
    let is_single =
        |name: &String| claims.get(name).and_then(Value::as_array).is_none_or(|it| it.len() == 1);
    found.extend(expect.single.iter().filter(|name| !is_single(name)).map(|name| {
        let seen = format!("claim {}", pair(name, &claims[name].to_string()));
        Mismatch::new(format!("one value in the claim {name}"), seen)
    }));
    for (name, most) in &expect.longest {
        let Some(text) = claims.get(name).and_then(Value::as_str) else { continue };
        if !text.is_ascii() || text.len() > usize::try_from(*most).unwrap_or(usize::MAX) {
            let seen = match text.is_ascii() {
                true => format!("{name} of {} characters", text.len()),
                false => format!("{name} with characters that are not ASCII"),
            };
            found.push(Mismatch::new(
                format!("claim {name} of {most} ASCII characters at the most"),
                seen,
            ));
        }
    }
    let header = jwt::header_parameters(&token).unwrap_or_default();
    for (name, wanted) in &expect.jose {
        let value = header.get(name).and_then(Value::as_str);
        let fits = |wanted: &str| value.is_some_and(|it| it.eq_ignore_ascii_case(wanted));
        if !wanted.any(|wanted| values.fill(wanted).is_some_and(|wanted| fits(&wanted))) {
            let seen = value.map_or_else(|| format!("no {name}"), |value| pair(name, value));
            found.push(Mismatch::new(format!("{name}={wanted} in its header"), seen));
        }
    }
    found.extend(events(expect, &claims));
    for name in expect.lacks_jose.iter().filter(|name| header.contains_key(*name)) {
        found.push(Mismatch::new(
            format!("without {name} in the ID token's header"),
            "there is one".to_owned(),
        ));
    }
    found
}

/// Which events the claim does not have as they should be.
fn events(expect: &Expect, claims: &Map<String, Value>) -> Vec<Mismatch> {
    let events = claims.get(EVENTS).and_then(Value::as_object);
    let is_one = |name: &str| events.and_then(|it| it.get(name)).is_some_and(Value::is_object);
    let missing = expect.events.iter().filter(|name| !is_one(name));
    let seen = || claims.get(EVENTS).map_or_else(|| "no such claim".to_owned(), Value::to_string);
    missing.map(|name| Mismatch::new(format!("the event {name}"), quoted(&seen()))).collect()
}
