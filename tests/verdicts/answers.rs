//! What an answer holds: values of the right type, wherever they stand and however often.

use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};

use super::{assert_verdict, location, refusing, tried};
use crate::fake::{Ask, Setup, answer_of, found};

const JSON: (&str, &str) = ("content-type", "application/json");
const NO_STORE: (&str, &str) = ("cache-control", "no-store");

/// Cases of which each must be refused at the token endpoint.
const REFUSED: &[&str] = &["pkce/wrong-verifier@native", "codes/unknown"];

/// A server that answers this in place of every token.
fn granting(body: Value) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| {
        let grants = ask.path == "/token" && answer.status() == 200;
        if grants { answer_of(200, &[JSON, NO_STORE], body.to_string()) } else { answer }
    })
}

#[test]
fn a_token_beside_a_refusal_is_no_refusal() {
    let value = "a-token-of-this-run";
    for body in [
        json!({ "error": "invalid_grant", "data": { "access_token": value } }),
        json!({ "error": "invalid_grant", "all": [{ "idToken": value }] }),
        json!({ "error": "invalid_grant", "accessToken": value }),
    ] {
        let setup = refusing("/token", move || answer_of(400, &[JSON], body.to_string()));
        let ran = tried(setup, REFUSED);
        for case in REFUSED {
            assert_verdict(&ran, case, "fail", "a token in");
        }
    }
    let plain = r#"{"error":"invalid_grant"}"#;
    for field in [("x-access-token", value), ("set-cookie", "access_token=abcdef; Path=/")] {
        let setup = refusing("/token", move || answer_of(400, &[JSON, field], plain));
        let ran = tried(setup, REFUSED);
        for case in REFUSED {
            assert_verdict(&ran, case, "fail", "a token in the");
        }
    }
}

#[test]
fn of_a_doubled_member_either_counts() {
    for body in [
        r#"{"access_token":"a-token-of-this-run","error":"invalid_grant","access_token":null}"#,
        r#"{"access_token":null,"error":"invalid_grant","access_token":"a-token-of-this-run"}"#,
    ] {
        let ran = tried(
            refusing("/token", move || answer_of(400, &[JSON], body)),
            &["pkce/wrong-verifier@native", "codes/unknown", "always/once"],
        );
        for case in REFUSED {
            assert_verdict(&ran, case, "fail", "access_token=[access_token]");
        }
        assert_verdict(&ran, "always/once", "fail", "access_token 2 times");
    }
}

#[test]
fn a_token_of_another_type_is_none() {
    for token in [json!(null), json!(""), json!(["x"]), json!({ "x": 1 }), json!(7), json!(true)] {
        let ran = tried(
            granting(json!({ "access_token": token, "token_type": "Bearer" })),
            &["always/types", "pkce/wrong-verifier@native", "pkce/s256-accepted@native"],
        );
        assert_verdict(&ran, "always/types", "fail", "access_token=");
        assert_verdict(&ran, "pkce/wrong-verifier@native", "inconclusive", "the valid flow");
        assert_verdict(&ran, "pkce/s256-accepted@native", "fail", "access_token");
    }
}

#[test]
fn lifetimes_are_numbers() {
    for lifetime in [json!("1 hour"), json!(-1), json!(["x"])] {
        let ran = tried(
            granting(
                json!({ "access_token": "xyz", "token_type": "Bearer", "expires_in": lifetime }),
            ),
            &["token-endpoint/expires-in", "token-endpoint/short-lived", "always/types"],
        );
        assert_verdict(&ran, "token-endpoint/expires-in", "warn", "200");
        assert_verdict(&ran, "token-endpoint/short-lived", "warn", "expires_in=");
        assert_verdict(&ran, "always/types", "fail", "expires_in=");
    }
}

#[test]
fn an_empty_code_is_none() {
    let setup = Setup::twisted(|_: &Ask, answer| {
        let sent = location(&answer).and_then(|it| Some(it.split_once("code=")?.0.to_owned()));
        sent.map_or(answer, |start| found(&format!("{start}code=")))
    });
    let ran = tried(setup, &["codes/odd-state", "codes/unknown-parameter"]);
    assert_verdict(&ran, "codes/unknown-parameter", "inconclusive", "code=");
}

#[test]
fn an_empty_state_is_no_state() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let sent = location(&answer).filter(|it| it.contains("code=")).map(str::to_owned);
        match sent.filter(|_| ask.get("state").is_empty()) {
            Some(location) => found(&format!("{location}&state=")),
            None => answer,
        }
    });
    let ran = tried(setup, &["codes/absent-state"]);
    assert_verdict(&ran, "codes/absent-state", "pass", "");
}

#[test]
fn header_fields_are_read_by_their_grammar() {
    for (value, verdict) in [
        ("private, no-store", "pass"),
        ("x=\"no-store\"", "fail"),
        ("private=\"x, no-store, y\"", "fail"),
    ] {
        let setup = Setup::twisted(move |ask: &Ask, mut answer: Response<Body>| {
            if ask.path == "/token" {
                answer.headers_mut().insert("cache-control", value.parse().unwrap());
            }
            answer
        });
        let ran = tried(setup, &["always/no-store"]);
        let why = if verdict == "pass" { "" } else { "cache-control" };
        assert_verdict(&ran, "always/no-store", verdict, why);
    }
}

#[test]
fn a_page_in_place_of_a_token_says_nothing_of_what_the_case_is_about() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let grants = ask.path == "/token" && answer.status() == 200;
        if grants { crate::fake::html(200, "Back soon.") } else { answer }
    });
    let ran = tried(setup, &["pkce/s256-accepted@native", "pkce/wrong-verifier@native"]);
    assert_verdict(&ran, "pkce/s256-accepted@native", "inconclusive", "no JSON");
    assert_verdict(&ran, "pkce/wrong-verifier@native", "inconclusive", "no JSON");
}

#[test]
fn lists_of_metadata_are_lists_and_endpoints_have_no_fragment() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if !ask.path.starts_with("/.well-known") {
            return answer;
        }
        let issuer = format!("http://{}", ask.host);
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize#x"),
            "token_endpoint": format!("{issuer}/token"),
            "response_types_supported": ["code"],
            "grant_types_supported": "authorization_code",
        });
        answer_of(200, &[JSON], document.to_string())
    });
    let ran = tried(setup, &["metadata/", "metadata-truth/authorization-code-listed"]);
    assert_verdict(&ran, "metadata/types", "fail", "grant_types_supported=");
    assert_verdict(&ran, "metadata/authorization-endpoint", "fail", "#x");
    assert_verdict(&ran, "metadata-truth/authorization-code-listed", "warn", "grant_types");
}

#[test]
fn metadata_that_the_target_file_names_are_not_simply_absent() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let is_asked = ask.path.starts_with("/.well-known");
        if is_asked { answer_of(404, &[], "") } else { answer }
    });
    let server = crate::fake::Fake::start(setup);
    let issuer = &server.issuer;
    let target = server.target().replacen(
        "[client.native]",
        &format!(
            "endpoint.metadata = \"{issuer}/.well-known/oauth-authorization-server\"\n\
             endpoint.authorization = \"{issuer}/authorize\"\nendpoint.token = \"{issuer}/token\"\n\
             [client.native]"
        ),
        1,
    );
    let ran = super::authspec(&target, &["metadata/json", "metadata-truth/token-not-listed"]);
    assert_verdict(&ran, "metadata/json", "inconclusive", "404");
    assert_verdict(&ran, "metadata-truth/token-not-listed", "inconclusive", "(404)");
}

#[test]
fn the_server_s_own_clock_is_what_counts_and_is_told_once() {
    let setup = Setup::twisted(|_: &Ask, mut answer: Response<Body>| {
        let date = "Thu, 01 Jan 2015 00:00:00 GMT".parse().unwrap();
        answer.headers_mut().insert("date", date);
        answer
    });
    let ran = tried(setup, &["pkce/wrong-verifier"]);
    assert_eq!(ran.stdout.matches("the server's clock is").count(), 1, "{}", ran.said());
}
