//! Where the response went and by which mode, and what is said of servers that do it in another way.

use super::{assert_verdict, location, tried};
use crate::fake::{Ask, Setup, answer_of, html};
use axum::response::Response;

const UNKNOWN_MODE: &str = "response-modes/unknown-mode";
const OTHER_PORT: &str = "native-apps/other-port";

fn redirect(to: &str) -> Response {
    answer_of(302, &[("location", to)], "")
}

#[track_caller]
fn assert_unknown_mode(
    instead: impl Fn(Response) -> Response + Send + Sync + 'static,
    verdict: &str,
    why: &str,
) {
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let asks = ask.path == "/authorize" && ask.get("response_mode") == "authspec";
        if asks && location(&answer).is_some_and(|to| to.contains("code=")) {
            instead(answer)
        } else {
            answer
        }
    });
    assert_verdict(&tried(setup, &[UNKNOWN_MODE]), UNKNOWN_MODE, verdict, why);
}

#[test]
fn an_unknown_mode_may_be_refused_or_overlooked() {
    assert_unknown_mode(|answer| answer, "pass", "");
    assert_unknown_mode(|_| html(200, "<h1>Error</h1><p>No such mode</p>"), "pass", "");
    assert_unknown_mode(
        |answer| {
            let to = location(&answer).unwrap_or_default();
            let (uri, query) = to.split_once('?').unwrap_or_default();
            let state = query.split('&').find(|it| it.starts_with("state=")).unwrap_or_default();
            redirect(&format!("{uri}?error=invalid_request&{state}"))
        },
        "pass",
        "",
    );
    let in_fragment =
        |answer: Response| redirect(&location(&answer).unwrap_or_default().replacen('?', "#", 1));
    assert_unknown_mode(in_fragment, "fail", "landing on callback");
}

#[test]
fn a_mode_that_nobody_claims_is_not_asked_for() {
    let cases = ["response-modes/form-post@native", "response-modes/fragment-for-code@native"];
    let ran = tried(Setup::default(), &cases);
    for case in cases {
        assert_verdict(&ran, case, "not-applicable", "the metadata does not list");
    }
}

/// A server that sends a code for another port there, as `to` makes of it, and redeems it.
fn any_port(to: impl Fn(&str) -> String + Send + Sync + 'static) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| {
        let uri = ask.get("redirect_uri");
        let is_other = uri.starts_with("http://127.0.0.1:57918/");
        match ask.path.as_str() {
            "/authorize" if is_other => {
                redirect(&format!("{}?code=abc123abc123&state={}", to(uri), ask.get("state")))
            }
            "/token" if is_other => answer_of(
                200,
                &[("content-type", "application/json")],
                r#"{"access_token":"abc456abc456","token_type":"Bearer"}"#,
            ),
            _ => answer,
        }
    })
}

#[test]
fn another_port_of_loopback_is_where_the_code_must_go() {
    let ran = tried(any_port(str::to_owned), &[OTHER_PORT]);
    assert_verdict(&ran, OTHER_PORT, "pass", "");
    let ran = tried(any_port(|uri| uri.replace("57918", "8765")), &[OTHER_PORT]);
    assert_verdict(&ran, OTHER_PORT, "fail", "landing on callback");
    let ran = tried(any_port(|_| "https://attacker.example/".to_owned()), &[OTHER_PORT]);
    assert_verdict(&ran, OTHER_PORT, "fail", "at https://attacker.example/");
    let refused = Setup::twisted(|ask: &Ask, answer| {
        let is_other = ask.get("redirect_uri").starts_with("http://127.0.0.1:57918/");
        if is_other { html(400, "<p>This request cannot be answered.</p>") } else { answer }
    });
    let ran = tried(refused, &[OTHER_PORT, "native-apps/other-port-of-ipv6"]);
    assert_verdict(&ran, OTHER_PORT, "fail", "landing on error-page");
    let why = "no redirect URI on [::1]";
    assert_verdict(&ran, "native-apps/other-port-of-ipv6", "not-applicable", why);
}
