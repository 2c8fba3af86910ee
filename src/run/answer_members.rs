//! What an answer holds under a name: a value of the right type, or any value at all.

use serde_json::{Value, json};

use super::transcript::{Outcome, Performed, token_places};
use crate::agent::Landing;
use crate::oauth::AuthorizationResponse;
use crate::oauth::member::{self, Kind, is_there};
use crate::oauth::metadata::{default, is_same};
use crate::suite::{Member, StepKind};

/// All values that a client would find in the usual place for the parameter. A list that metadata
/// omit has its default value.
pub(super) fn found(performed: &Performed, name: &str) -> Vec<Value> {
    let outcome = &performed.outcome;
    if let Some(response) = response(outcome) {
        return response.in_place(name).map(Value::from).collect();
    }
    let mut values = outcome.all(name);
    if let Some((outer, inner)) = name.split_once('.').filter(|_| values.is_empty()) {
        // A member of a member.
        let outer = outcome.all(outer);
        values = outer.iter().filter_map(|value| value.get(inner).cloned()).collect();
    }
    let default = default(name)
        .filter(|_| matches!(performed.kind, StepKind::Metadata | StepKind::OpenidMetadata));
    match default {
        Some(default) if values.is_empty() => vec![json!(default)],
        _ => values,
    }
}

/// The value of the parameter that counts: the first of the right type, or else the first.
pub(super) fn value(performed: &Performed, name: &str) -> Option<Value> {
    let values = found(performed, name);
    let right = values.iter().find(|value| is_right(performed, name, value));
    right.or(values.first()).cloned()
}

/// Whether the parameter is present and each of its values is valid.
pub(super) fn has(performed: &Performed, member: &Member) -> bool {
    // Its place in an authorization response is checked by `mode` and `param`.
    let values = match response(&performed.outcome) {
        Some(_) => performed.outcome.all(&member.name),
        None => found(performed, &member.name),
    };
    let is_meant = |value: &Value| {
        let wanted = member.value.as_ref();
        is_right(performed, &member.name, value)
            && wanted.is_none_or(|wanted| holds(&member.name, value, wanted))
    };
    !values.is_empty() && values.iter().all(is_meant)
}

/// Whether the answer holds anything that looks like the parameter. A token counts in any spelling
/// of its name and in any place.
pub(super) fn shows(performed: &Performed, member: &Member) -> bool {
    let values = match response(&performed.outcome) {
        Some(_) => performed.outcome.all(&member.name),
        None => found(performed, &member.name),
    };
    let is_meant = |value: &Value| {
        let wanted = member.value.as_ref();
        is_there(value) && wanted.is_none_or(|wanted| holds(&member.name, value, wanted))
    };
    let is_elsewhere = || match &performed.outcome {
        Outcome::Answered(answer) => {
            token_places(answer).iter().any(|(name, _)| *name == member::letters(&member.name))
        }
        _ => false,
    };
    values.iter().any(is_meant) || is_elsewhere()
}

/// Whether the value has the type of the member with this name. In an authorization response, all
/// values are text.
pub(super) fn is_right(performed: &Performed, name: &str, value: &Value) -> bool {
    if response(&performed.outcome).is_none() {
        return member::is_right(name, value);
    }
    let text = value.as_str().unwrap_or_default();
    match member::kind(name) {
        Some(Kind::Number) => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        Some(Kind::Word) => member::is_right(name, value),
        _ => !text.is_empty(),
    }
}

fn response(outcome: &Outcome) -> Option<&AuthorizationResponse> {
    match outcome {
        Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
            Some(response)
        }
        _ => None,
    }
}

/// Whether the value equals or contains the wanted one. A scope is a list of words (RFC6749 §3.3).
fn holds(name: &str, value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted || text.split(' ').any(|word| word == wanted),
        Value::Array(values) => {
            let is = |value: &Value| value.as_str().is_some_and(|it| is_same(name, it, wanted));
            values.iter().any(is)
        }
        value => is(value, wanted),
    }
}

/// Whether the value is this one, or a list that contains it.
pub(super) fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Array(values) => values.iter().any(|value| is(value, wanted)),
        Value::Bool(flag) => wanted.parse() == Ok(*flag),
        Value::Number(number) => number.to_string().as_str() == wanted,
        Value::Null | Value::Object(_) => false,
    }
}
