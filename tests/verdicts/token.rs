//! Answers of the token endpoint.

use super::{assert_verdict, refusing, tried};
use crate::fake::{Ask, Setup, answer_of, html};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Cases of which each must be refused at the token endpoint, and what refuses them.
const REFUSED: &[&str] = &["pkce/wrong-verifier@native", "codes/unknown", "codes/replayed@native"];

/// Tries what must be refused, when the server answers this in place of every refusal.
#[track_caller]
fn assert_refusal(
    (status, headers, body): (u16, &[(&'static str, &str)], &'static str),
    verdict: &str,
    why: &str,
) {
    let headers: Vec<_> = headers.iter().map(|(name, it)| (*name, (*it).to_owned())).collect();
    let setup = refusing("/token", move || {
        let headers: Vec<_> = headers.iter().map(|(name, it)| (*name, it.as_str())).collect();
        answer_of(status, &headers, body)
    });
    let ran = tried(setup, REFUSED);
    for case in REFUSED {
        assert_verdict(&ran, case, verdict, why);
    }
}

#[test]
fn trouble_is_no_refusal() {
    for status in [408, 429] {
        let error = r#"{"error":"invalid_grant"}"#;
        assert_refusal((status, &[JSON], error), "inconclusive", &format!("answered {status}"));
    }
}

#[test]
fn trouble_in_other_words_is_no_refusal() {
    // What a server says of a request each time it comes, and of no other, is about the request.
    for (error, verdict) in [("server_error", "warn"), ("temporarily_unavailable", "inconclusive")]
    {
        let setup = refusing("/token", move || {
            answer_of(400, &[JSON], format!(r#"{{"error":"{error}"}}"#))
        });
        let ran = tried(setup, REFUSED);
        for case in REFUSED {
            assert_verdict(&ran, case, verdict, error);
        }
    }
}

#[test]
fn an_answer_that_says_nothing_is_no_pass() {
    assert_refusal((200, &[JSON], "{}"), "fail", "200");
    assert_refusal((200, &[], ""), "fail", "200 empty body");
    assert_refusal((200, &[("content-type", "text/html")], "<p>hello"), "fail", "200 no JSON");
    assert_refusal((200, &[JSON], r#"{"error":null}"#), "fail", "200");
    // Nothing is granted, and whoever follows it gets no token.
    assert_refusal((302, &[("location", "/login")], ""), "warn", "302");
}

#[test]
fn a_refusal_of_another_status_is_a_warning() {
    let error = r#"{"error":"invalid_grant"}"#;
    for status in [200, 401, 403, 404, 422] {
        assert_refusal((status, &[JSON], error), "warn", &format!("{status} error=invalid_grant"));
    }
    assert_refusal(
        (403, &[JSON], error),
        "warn",
        "refused as required, but not in the specified way",
    );
}

#[test]
fn a_refusal_in_other_words_is_a_warning() {
    let own = r#"{"error":"nope","code":7}"#;
    assert_refusal((400, &[JSON], own), "warn", "400 error=nope");
    let nested = r#"{"error":{"code":"invalid_grant"}}"#;
    assert_refusal((400, &[JSON], nested), "warn", "400 error=");
    assert_refusal((400, &[], ""), "warn", "400 empty body");
    assert_refusal((400, &[JSON], "{"), "warn", "400 no JSON");
    assert_refusal((400, &[JSON], r#"["invalid_grant"]"#), "warn", "400 no JSON");
    let page = "<!doctype html><h1>Bad request</h1>";
    assert_refusal((403, &[("content-type", "text/html")], page), "warn", "403 no JSON");
}

#[test]
fn a_refusal_without_an_error_code_breaks_the_rule_for_all() {
    let setup = refusing("/token", || html(400, "Bad request"));
    let ran = tried(setup, &["pkce/wrong-verifier", "always/error-code"]);
    assert_verdict(&ran, "pkce/wrong-verifier@web", "warn", "400 no JSON");
    assert_verdict(&ran, "always/error-code", "fail", "400 no JSON");
}

#[test]
fn a_token_is_no_refusal_whatever_stands_beside_it() {
    for token in ["access_token", "refresh_token", "id_token"] {
        for (status, error) in [(200, "invalid_grant"), (400, "invalid_grant"), (400, "")] {
            let setup = refusing("/token", move || {
                let body = format!(r#"{{"error":"{error}","{token}":"a-token-of-this-run"}}"#);
                answer_of(status, &[JSON], body)
            });
            let ran = tried(setup, REFUSED);
            for case in REFUSED {
                assert_verdict(&ran, case, "fail", &format!("{token}=[{token}]"));
            }
        }
    }
}

#[test]
fn a_method_that_is_not_allowed_may_be_refused_by_any_status() {
    for (status, verdict) in [(404, "pass"), (405, "pass"), (403, "warn"), (410, "warn")] {
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let asked = ask.path == "/token" && ask.method == "GET";
            if asked { html(status, "no") } else { answer }
        });
        let ran = tried(setup, &["token-endpoint/get"]);
        let why = if verdict == "pass" { "" } else { "no JSON" };
        assert_verdict(&ran, "token-endpoint/get@native", verdict, why);
    }
}

#[test]
fn spelling_of_good_answers_does_not_count() {
    for (kind, body) in [
        ("application/json; charset=utf-8", TOKEN),
        ("Application/JSON;charset=\"UTF-8\"", TOKEN),
        (
            "application/json",
            "\u{feff}{\"access_token\":\"abc\",\"token_type\":\"bEARER\",\"expires_in\":60}",
        ),
        (
            "application/json",
            "\n  {\"expires_in\":60,\"token_type\":\"BEARER\",\"access_token\":\"abc\"}\r\n",
        ),
    ] {
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let granted = ask.path == "/token" && answer.status() == 200;
            let headers = [("Cache-Control", "No-Store, No-Cache"), ("PRAGMA", "No-Cache")];
            let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value));
            if !granted {
                return answer;
            }
            let mut answer = answer_of(200, &[("content-type", kind)], body);
            for (name, value) in headers {
                let name: axum::http::HeaderName = name.parse().unwrap();
                answer.headers_mut().append(name, value.parse().unwrap());
            }
            answer
        });
        let ran = tried(setup, &["pkce/", "always/", "token-endpoint/"]);
        let wrong: Vec<_> = ran
            .cases()
            .into_iter()
            .filter(|it| !["pass", "not-applicable"].contains(&it["verdict"].as_str().unwrap()))
            .collect();
        assert!(wrong.is_empty(), "{kind} {body}: {wrong:#?}");
    }
}

const TOKEN: &str = r#"{"access_token":"abc","token_type":"bearer","expires_in":3600}"#;

#[test]
fn lists_that_are_left_out_of_the_metadata_have_their_defaults() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if !ask.path.starts_with("/.well-known/") {
            return answer;
        }
        let issuer = format!("http://{}", ask.host);
        let metadata = serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        });
        answer_of(200, &[("content-type", "application/json")], metadata.to_string())
    });
    let ran = tried(setup, &["metadata-truth/", "implicit/metadata"]);
    for listed in ["authorization-code-listed", "client-secret-basic-listed"] {
        assert_verdict(&ran, &format!("metadata-truth/{listed}"), "pass", "");
    }
    let left_out = "left out, which means [\"client_secret_basic\"]";
    assert_verdict(&ran, "metadata-truth/public-clients-listed", "warn", left_out);
    let left_out = "left out, which means [\"authorization_code\",\"implicit\"]";
    assert_verdict(&ran, "implicit/metadata", "warn", left_out);
}

#[test]
fn assertions_that_are_listed_have_their_algorithms() {
    let setup = |algorithms: serde_json::Value| {
        Setup::twisted(move |ask: &Ask, answer| {
            if !ask.path.starts_with("/.well-known/") {
                return answer;
            }
            let issuer = format!("http://{}", ask.host);
            let metadata = serde_json::json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "response_types_supported": ["code"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": algorithms,
            });
            answer_of(200, &[("content-type", "application/json")], metadata.to_string())
        })
    };
    let ran = tried(setup(serde_json::json!(["RS256", "ES256"])), &["metadata/"]);
    assert_verdict(&ran, "metadata/assertion-algorithms", "pass", "");
    assert_verdict(&ran, "metadata/no-unsigned-assertions", "pass", "");
    assert_verdict(&ran, "metadata/no-empty-lists", "pass", "");
    let ran = tried(setup(serde_json::json!(["none"])), &["metadata/"]);
    assert_verdict(&ran, "metadata/no-unsigned-assertions", "fail", "[\"none\"]");
    let ran = tried(setup(serde_json::json!([])), &["metadata/"]);
    let empty = "token_endpoint_auth_signing_alg_values_supported";
    assert_verdict(&ran, "metadata/no-empty-lists", "fail", empty);
}

#[test]
fn an_answer_that_was_cut_says_nothing() {
    let long =
        format!(r#"{{"error":"invalid_grant","error_description":"{}"}}"#, "x".repeat(1 << 20));
    let why = "longer than 1 MiB, and was cut";
    assert_refusal((400, &[JSON], long.leak()), "inconclusive", why);
}
