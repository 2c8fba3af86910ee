//! Finds what a server issued that must be redacted: by its name, and by where it was found.

use serde_json::{Map, Value};

use super::server_jwt;
use super::transcript::{Outcome, Performed, Transcript};
use crate::agent::{Landing, Page};
use crate::oauth::member::names_token;
use crate::oauth::names::{
    ACCESS_TOKEN, ASSERTION, CLIENT_ASSERTION, CODE, DPOP, DPOP_NONCE, ERROR, EXPIRES_IN, ISS,
    RECEIVED, REQUEST, REQUEST_URI, RESPONSE, SCOPE, STATE, SUB, TOKEN_TYPE,
};
use crate::oauth::{AuthorizationResponse, Params, jwt};
use crate::wire::{Answer, Exchange, Names, Node};

/// Parameters of an authorization response whose values may be shown (RFC6749 §4.1.2.1, §4.2.2,
/// RFC9207 §2).
const TOLD: &[&str] =
    &[ERROR, "error_description", "error_uri", ISS, STATE, SCOPE, TOKEN_TYPE, EXPIRES_IN, RESPONSE];

/// Members of a key that are its private part (RFC7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "k"];

/// The shortest value that counts as random if only its place suggests it.
const SHORTEST: usize = 6;

/// How many bytes of a text are searched for possible tokens.
const LOOKED_THROUGH: usize = 128 << 10;

/// Names the tokens, codes and cookies that the server issued, and the one-time fields of its
/// pages.
pub(super) fn name_received(transcript: &Transcript, names: &mut Names) {
    for step in &transcript.steps {
        step.codes.iter().for_each(|code| names.add_secret(code, "user.otp"));
        if let Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) =
            &step.outcome
        {
            name_params(&response.params, names);
            name_odd(response, step, names);
        }
        // In whatever format it was sent.
        step.request.iter().for_each(|request| {
            name_assertions(&request.body, names);
            name_assertions(&request.query, names);
        });
        step.packed.iter().for_each(|request| name_objects(request.params(), names));
        for (index, exchange) in step.exchanges.iter().enumerate() {
            name_exchange(exchange, index == 0, step, names);
        }
        for exchange in &step.received {
            name_params(&Params::parse(&exchange.sent.body), names);
            name_exchange(exchange, true, step, names);
        }
        // The browser's pages are not part of any exchange.
        let shown = |page: &&String| {
            let answers = step.exchanges.iter().filter_map(|exchange| exchange.answer.as_ref());
            !answers.map(|answer| &answer.body).any(|body| **body == **page)
        };
        step.page.iter().filter(shown).for_each(|page| name_page(page, step, names));
    }
}

fn name_exchange(exchange: &Exchange, is_first: bool, step: &Performed, names: &mut Names) {
    let sent = &exchange.sent;
    let in_url = AuthorizationResponse::read(&sent.url).params;
    let in_body = Params::parse(&sent.body);
    name_params(&in_url, names);
    let headers = exchange.answer.iter().flat_map(|answer| &answer.headers);
    headers.chain(&sent.headers).for_each(|(name, value)| name_header(name, value, step, names));
    if step.packed.is_some() {
        name_objects(&in_body, names);
        name_objects(&in_url, names);
    }
    name_assertions(&in_body, names);
    name_assertions(&in_url, names);
    if let Some(answer) = &exchange.answer {
        name_body(answer, step, names);
        let uris = answer.members().map_or_else(Vec::new, |it| it.all(REQUEST_URI));
        uris.iter().filter_map(Value::as_str).for_each(|uri| names.add(uri, REQUEST_URI));
    }
    // Later requests of a visit are forms from pages. A browser's pages are not in the transcript.
    if step.kind.is_visit() && !is_first {
        in_body.iter().for_each(|(field, value)| name_field(field, value, step, names));
        in_url.iter().for_each(|(field, value)| name_field(field, value, step, names));
        for (field, line) in parts_of_form(&sent.body) {
            name_field(field, line, step, names);
        }
    }
}

fn name_params(params: &Params, names: &mut Names) {
    for name in RECEIVED {
        params.all(name).for_each(|value| name_token(name, value, names));
    }
    let is_jwt = |value: &str| jwt::parts(value).is_some() || jwt::is_encrypted(value);
    let jwts = params.all(RESPONSE).filter(|value| is_jwt(value));
    jwts.for_each(|value| names.add_lasting(value, RESPONSE));
}

/// Names the assertions of clients, which others could use until they expire.
fn name_assertions(params: &Params, names: &mut Names) {
    for name in [CLIENT_ASSERTION, ASSERTION] {
        params.all(name).for_each(|value| names.add(value, name));
    }
}

/// Names the signed requests of clients, which others could send again until they expire.
fn name_objects(params: &Params, names: &mut Names) {
    params.all(REQUEST).for_each(|value| names.add(value, REQUEST));
}

/// Names a token, and its subject.
fn name_token(name: &str, value: &str, names: &mut Names) {
    names.add_lasting(value, name);
    let claims = jwt::claims(value).unwrap_or_default();
    if let Some(subject) = claims.get(SUB).and_then(|sub| sub.as_str()) {
        names.add(subject, SUB);
    }
}

/// Names what reached a redirect URI, or would have, apart from known parameters: it was meant for
/// the client only.
fn name_odd(response: &AuthorizationResponse, step: &Performed, names: &mut Names) {
    for (name, value) in response.params.iter().filter(|(_, value)| !is_asked(step, value)) {
        let is_told = TOLD.contains(&name);
        if !is_told && !RECEIVED.contains(&name) {
            names.add(value, &plain(name));
            if !asks_for(step, name) {
                name_parts(name, names);
            }
        }
        // Text after a line break is not part of the value.
        let parts = value.split(['\r', '\n']).skip(usize::from(is_told));
        parts.for_each(|part| name_parts(part, names));
        name_parts_of_pairs(value, names);
    }
}

/// Names the words of a text that may be codes.
fn name_parts(text: &str, names: &mut Names) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~+/%".contains(c);
    let is_name = |part: &&str| TOLD.contains(part) || RECEIVED.contains(part);
    let parts = text.split(|c| !is_part(c)).filter(|part| part.len() >= SHORTEST);
    parts.filter(|part| !is_name(part)).for_each(|part| names.add(part, CODE));
}

/// Names what a value contains after a parameter name, for instance if another response was
/// injected into it.
fn name_parts_of_pairs(value: &str, names: &mut Names) {
    for pair in value.split(['?', '#', '&', '\n', '\r']).skip(1) {
        if let Some((name, value)) =
            pair.split_once('=').filter(|(name, _)| RECEIVED.contains(name))
        {
            names.add(value, name);
        }
    }
}

/// The valid part of a parameter name.
fn plain(name: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if kept.is_empty() || kept.len() > 40 { "parameter".to_owned() } else { kept }
}

fn name_header(name: &str, value: &str, step: &Performed, names: &mut Names) {
    let pairs: Vec<_> = match name {
        "location" | "refresh" => {
            let response = AuthorizationResponse::read(value);
            name_params(&response.params, names);
            // URL parsers ignore line breaks and tabs.
            if value.contains(['\t', '\r', '\n']) {
                let unbroken = value.replace(['\t', '\r', '\n'], "");
                name_params(&AuthorizationResponse::read(&unbroken).params, names);
            }
            if response.is_answer() {
                name_odd(&response, step, names);
            }
            return;
        }
        "set-cookie" => value.split(';').take(1).collect(),
        "cookie" => value.split("; ").collect(),
        "authorization" | "cookie2" => return,
        // A proof can be used by others until it is too old.
        DPOP => return names.add(value, "proof"),
        DPOP_NONCE => return names.add(value, DPOP_NONCE),
        _ if names_token(name) => return name_token(&plain(name), value, names),
        _ => return name_mentions(value, names),
    };
    for pair in pairs {
        names
            .add(pair.split_once('=').map_or(pair, |(_, value)| value).trim_matches('"'), "cookie");
    }
}

fn name_body(answer: &Answer, step: &Performed, names: &mut Names) {
    // An ordinary parser sees only one of duplicate members, and token names may be spelt
    // differently.
    let node = answer.members();
    for (_, name, node) in node.map(|it| it.named(names_token)).unwrap_or_default() {
        if let Node::Plain(Value::String(value)) = node {
            name_token(&plain(name), value, names);
        }
    }
    match answer.json_value() {
        Some(json) => name_values(&json, names),
        None if answer.is_html() => name_page(&answer.body, step, names),
        None => {
            if let Some(jwt) = server_jwt::introspection(answer) {
                names.add_lasting(&jwt, "introspection");
            }
            // Some servers answer token requests with a form.
            let form = answer.body.floor_char_boundary(LOOKED_THROUGH.min(answer.body.len()));
            name_params(&Params::parse(&answer.body[..form]), names);
            name_mentions(&answer.body, names);
        }
    }
}

fn name_values(json: &Value, names: &mut Names) {
    match json {
        Value::Object(members) => name_members(members, names),
        Value::Array(values) => values.iter().for_each(|value| name_values(value, names)),
        Value::String(text) => name_mentions(text, names),
        _ => {}
    }
}

fn name_members(json: &Map<String, Value>, names: &mut Names) {
    for (name, value) in json {
        let is_received = RECEIVED.contains(&name.as_str());
        let is_private = json.contains_key("kty") && PRIVATE.contains(&name.as_str());
        match value {
            Value::String(value) if is_received && !is_word(name, value) => {
                name_token(name, value, names);
            }
            Value::String(value) if is_private => names.add_secret(value, name),
            Value::Array(others) if name == "oth" && json.contains_key("kty") => {
                let members = others.iter().filter_map(Value::as_object).flatten();
                let texts = members.filter_map(|(name, value)| Some((name, value.as_str()?)));
                texts.for_each(|(name, value)| names.add_secret(value, name));
            }
            Value::Array(values) if is_received => {
                for value in values {
                    match value {
                        Value::String(value) => name_token(name, value, names),
                        other => name_values(other, names),
                    }
                }
            }
            other => name_values(other, names),
        }
    }
}

/// Whether the value is an error code in some other format, not an authorization code.
fn is_word(name: &str, value: &str) -> bool {
    name == CODE && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Whether the page repeats a value of the request, which is not the server's secret.
fn is_asked(step: &Performed, value: &str) -> bool {
    step.request.as_ref().is_some_and(|it| it.params().iter().any(|(_, sent)| sent == value))
}

/// Whether the request contains this word, so that it came from the harness.
fn asks_for(step: &Performed, word: &str) -> bool {
    step.request.as_ref().is_some_and(|it| it.params().iter().any(|(_, sent)| sent.contains(word)))
}

fn name_page(page: &str, step: &Performed, names: &mut Names) {
    name_mentions(page, names);
    // Most pages have none, and need not be parsed.
    if !page.to_ascii_lowercase().contains("hidden") || !Page::is_readable(page) {
        return;
    }
    for (field, value) in Page::read(page).one_time_fields() {
        // The issuer is public.
        if !is_asked(step, &value) && field != ISS {
            names.add(&value, &field);
        }
    }
}

/// Names the value of a field of a submitted form if it looks like a one-time value.
fn name_field(field: &str, value: &str, step: &Performed, names: &mut Names) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=|".contains(&byte);
    let is_token = value.len() >= 12 && value.bytes().all(is_plain);
    if is_token && !TOLD.contains(&field) && !is_asked(step, value) {
        names.add(value, &plain(field));
    }
}

/// The lines of a form in multipart/form-data with the fields that they belong to, as a value has lines of its own
/// (RFC7578 §4).
fn parts_of_form(body: &str) -> impl Iterator<Item = (&str, &str)> {
    body.split("\r\n")
        .scan(None, |field, line| {
            let named = line.split_once("form-data; name=\"");
            if let Some((_, rest)) = named {
                *field = rest.split('"').next();
            }
            let is_value = named.is_none() && !line.starts_with("--");
            Some(field.filter(|_| is_value).map(|field| (field, line)))
        })
        .flatten()
}

/// Names what follows the name of a token in any text: in XML, in a form, after `Bearer`.
fn name_mentions(text: &str, names: &mut Names) {
    let text = &text[..text.floor_char_boundary(LOOKED_THROUGH.min(text.len()))];
    let scheme = ("Bearer", ACCESS_TOKEN);
    for (word, name) in RECEIVED.iter().map(|name| (*name, *name)).chain([scheme]) {
        for (at, _) in text.match_indices(word) {
            let rest = &text[at + word.len()..];
            let begins = |c: char| !c.is_ascii_whitespace() && !"=:\"'\\>[;".contains(c);
            let gap = rest.find(begins).filter(|gap| (1..=8).contains(gap));
            let rest = gap.map_or("", |gap| rest[gap..].trim_start_matches("&quot;"));
            let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~+/=%".contains(c);
            let value = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            let value = value.trim_end_matches('.');
            let has = |what: fn(&u8) -> bool| value.bytes().any(|byte| what(&byte));
            let is_random = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
            if value.len() >= 8 && (is_random || value.len() >= 24) {
                names.add(value, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_in_parts_has_lines_of_its_fields() {
        let body = "--edge\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nabcdef1234567\r\n\
                    --edge\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nalice\r\n--edge--\r\n";
        let parts: Vec<_> = parts_of_form(body).filter(|(_, line)| !line.is_empty()).collect();
        assert_eq!(parts, [("csrf_token", "abcdef1234567"), ("user", "alice")]);
        assert_eq!(parts_of_form("csrf_token=abc&user=alice").count(), 0);
    }
}
