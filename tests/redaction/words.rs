//! Words of our own formats as secrets and as what a server gives: nothing that we say ourselves changes,
//! and no run ends early.

use std::collections::BTreeSet;

use axum::response::Response;
use serde_json::{Value, json};

use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup, answer_of, html};
use crate::written::written;

/// Cases that show credentials, codes, tokens and pages.
const CASES: &[&str] =
    &["client-authentication/wrong-secret", "pkce/wrong-verifier", "codes/replayed", "always/"];

/// Pairs of a secret and a password.
const WORDS: &[(&str, &str)] = &[
    ("token", "status"),
    ("url", "body"),
    ("headers", "method"),
    ("request", "implicit"),
    ("secret", "wrong"),
    ("x", "none"),
    ("client.secret", "callback"),
    ("html", "user"),
];

/// The names of all members of what the run wrote as JSON, each with those that it stands in; the values
/// of those that are our own words.
fn structure(ran: &Ran) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (place, text) in written(ran) {
        let is_ours =
            place.to_string_lossy().contains("evidence") || place.ends_with("results.json");
        if is_ours && let Ok(value) = serde_json::from_str(&text) {
            let name = place.file_name().unwrap().to_string_lossy().into_owned();
            walk(&value, &name, &mut found);
        }
    }
    found
}

fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    const OURS: &[&str] =
        &["verdict", "id", "step", "visits", "mode", "method", "expected", "status", "sentence"];
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{name}");
                let is_ours = OURS.contains(&name.as_str()) && !path.contains("response/");
                if is_ours && !value.is_object() {
                    found.insert(format!("{path} {value}"));
                }
                found.insert(path.clone());
                walk(value, &path, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, path, found)),
        _ => {}
    }
}

#[test]
fn words_of_ours_as_secrets() {
    let run = |secret: &str, password: &str| {
        let (secret, password) = (secret.to_owned(), password.to_owned());
        authspec(&Fake::start(Setup { secret, password, ..Setup::default() }).target(), CASES)
    };
    let plain = structure(&run("the-secret-of-web", "the-password-of-alice"));
    assert!(plain.len() > 100, "{plain:#?}");
    for (secret, password) in WORDS {
        let ran = run(secret, password);
        assert!([Some(0), Some(1)].contains(&ran.code), "{secret}: {}", ran.said());
        let this = structure(&ran);
        let differing: Vec<_> = plain.symmetric_difference(&this).collect();
        assert!(differing.is_empty(), "{secret} and {password}: {differing:#?}");
        assert!(!ran.stdout.contains("client_[") && !ran.stdout.contains("] password"));
    }
}

/// Runs on a server whose answers are changed so; the run must end, and with all of its cases.
#[track_caller]
fn assert_ends(what: &str, twist: impl Fn(&Ask, Response) -> Response + Send + Sync + 'static) {
    let ran = authspec(&Fake::start(Setup::twisted(twist)).target(), CASES);
    assert!([Some(0), Some(1), Some(3)].contains(&ran.code), "{what}: {}", ran.said());
    assert!(ran.cases().len() > 3, "{what}: {}", ran.said());
    assert!(
        !ran.stdout.contains("][") && !ran.stdout.contains("client_["),
        "{what}: {}",
        ran.said()
    );
}

#[test]
fn words_of_ours_as_what_a_server_gives() {
    for word in [" ", "token", "request", "status", "steps", "callback"] {
        assert_ends(word, move |ask, answer| {
            let body =
                json!({ "access_token": word, "token_type": "Bearer", "refresh_token": word });
            let headers = [("content-type", "application/json"), ("set-cookie", "c=request")];
            if ask.path == "/token" && answer.status() == 200 {
                answer_of(200, &headers, body.to_string())
            } else {
                answer
            }
        });
    }
}

#[test]
fn more_secrets_than_can_be_looked_for() {
    assert_ends("tokens", |ask, answer| {
        let tokens: Vec<_> = (0..5000).map(|at| format!("a-token-{at:x}-of-many")).collect();
        let body = json!({ "error": "invalid_grant", "access_token": tokens });
        let headers = [("content-type", "application/json")];
        if ask.path == "/token" { answer_of(400, &headers, body.to_string()) } else { answer }
    });
    assert_ends("fields", |ask, answer| {
        let field = |at| format!("<input type=hidden name=f{at} value=a-field-{at:x}-of-many>");
        let page: String = (0..2500).map(field).collect();
        if ask.path == "/authorize" && answer.status() == 400 { html(400, &page) } else { answer }
    });
}
