//! References to pushed requests, which a server may accept for one visit only (RFC9126 §4).

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::response::Response;
use url::form_urlencoded;

use super::assert_verdict;
use crate::command::authspec_by;
use crate::fake::{Ask, Fake, Setup, answer_of, found, html};

const JSON: (&str, &str) = ("content-type", "application/json");

/// What clients push, as far as these cases go.
const PUSHED: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// A server that forgets a pushed request when it is first visited with. It may refuse with this status
/// what clients push that do not authenticate.
fn for_one_visit(decision: &'static str, refuses: Option<u16>) -> Setup {
    let pushed = Mutex::new(BTreeMap::new());
    let twist = move |ask: &Ask, answer: Response| {
        let issuer = format!("http://{}", ask.host);
        match ask.path.as_str() {
            "/.well-known/oauth-authorization-server" => {
                let members = [
                    ("issuer", ""),
                    ("authorization_endpoint", "/authorize"),
                    ("token_endpoint", "/token"),
                    ("pushed_authorization_request_endpoint", "/par"),
                ];
                let members = members.map(|(name, path)| format!("\"{name}\":\"{issuer}{path}\""));
                let types = "\"response_types_supported\":[\"code\"]";
                answer_of(200, &[JSON], format!("{{{},{types}}}", members.join(",")))
            }
            "/par" if refuses.is_some() && ask.authorization.is_none() => {
                answer_of(refuses.unwrap(), &[JSON], r#"{"error":"invalid_request"}"#)
            }
            "/par" => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(PUSHED.map(|name| (name, ask.get(name))));
                let mut pushed = pushed.lock().unwrap();
                let reference = format!(
                    "urn:ietf:params:oauth:request_uri:{}-{}",
                    pushed.len(),
                    ask.get("state")
                );
                pushed.insert(reference.clone(), Some(query.finish()));
                let text = format!("{{\"request_uri\":\"{reference}\",\"expires_in\":60}}");
                answer_of(201, &[JSON], text)
            }
            "/authorize" if !ask.get("request_uri").is_empty() => {
                let mut pushed = pushed.lock().unwrap();
                match pushed.get_mut(ask.get("request_uri")).and_then(Option::take) {
                    Some(query) => found(&format!("{issuer}/authorize?{query}")),
                    None => html(400, "<p>This request is not known.</p>"),
                }
            }
            _ => answer,
        }
    };
    Setup { consents_always: true, decision, ..Setup::twisted(twist) }
}

#[test]
fn a_reference_is_visited_with_once() {
    let button = "<button name=decision value=allow>Allow</button>";
    let by_script =
        "<script>document.write('<button name=decision value=allow>Allow</button>')</script>";
    for (agent, decision) in [("forms", button), ("hybrid", button), ("hybrid", by_script)] {
        let fake = Fake::start(for_one_visit(decision, None));
        let cases = ["accepted", "verifier-of-another", "used-again", "unknown-reference"]
            .map(|case| format!("pushed-requests/{case}"));
        let ran = authspec_by(agent, &fake.target(), &cases.each_ref().map(String::as_str));
        for case in cases {
            assert_verdict(&ran, &case, "pass", "");
        }
    }
}

#[test]
fn a_server_may_let_no_public_client_push() {
    let button = "<button name=decision value=allow>Allow</button>";
    let fake = Fake::start(for_one_visit(button, Some(401)));
    let cases = ["created", "accepted", "unknown-parameter", "unknown-reference"]
        .map(|case| format!("pushed-requests/{case}"));
    let ran = authspec_by("forms", &fake.target(), &["pushed-requests/"]);
    for case in cases {
        assert_verdict(&ran, &case, "pass", "");
    }
    let case = "pushed-requests/new-redirect-uri-of-a-public-client";
    assert_verdict(&ran, case, "not-applicable", "does not authenticate");
    // This may be about anything in the request.
    let fake = Fake::start(for_one_visit(button, Some(400)));
    let ran = authspec_by("forms", &fake.target(), &[case]);
    assert_verdict(&ran, case, "inconclusive", "the valid flow does not work");
}
