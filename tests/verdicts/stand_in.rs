//! Which client tries a case, and who asks what its tokens are worth.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{assert_clean, assert_verdict, tried};
use crate::command::authspec;
use crate::fake::{Ask, Fake, Setup, answer_of, html};

const JSON: (&str, &str) = ("content-type", "application/json");
const NO_STORE: (&str, &str) = ("cache-control", "no-store");

fn json(status: u16, body: &'static str) -> Response {
    answer_of(status, &[JSON, NO_STORE], body)
}

fn refused() -> Response {
    let challenge = ("www-authenticate", "Basic realm=\"fake\"");
    answer_of(401, &[JSON, challenge], r#"{"error":"invalid_client"}"#)
}

fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

/// The target file without the public client, whose part begins the clients.
fn without_native(fake: &Fake) -> String {
    let target = fake.target();
    let (head, rest) = target.split_once("[client.native]").unwrap();
    let (_, rest) = rest.split_once("[client.web]").unwrap();
    format!("{head}[client.web]{rest}")
}

#[test]
fn what_holds_for_any_client_is_tried_as_one_that_is_there() {
    let fake = Fake::start(Setup::default());
    let ran = authspec(&without_native(&fake), &["codes/", "parameters/", "redirect-uri/"]);
    assert_clean(&ran);
    for case in ["codes/unknown", "redirect-uri/longer-path", "parameters/repeated-state"] {
        assert_verdict(&ran, case, "pass", "");
    }
}

#[test]
fn what_holds_for_any_client_is_tried_as_one_that_works() {
    let fake = Fake::start(Setup::default());
    let target = fake.target().replace("id = \"native\"", "id = \"nativ\"");
    let words = ["codes/unknown", "codes/replayed", "redirect-uri/longer-path"];
    let ran = authspec(&target, &words);
    assert_verdict(&ran, "codes/unknown", "pass", "");
    assert_verdict(&ran, "redirect-uri/longer-path", "pass", "");
    assert_verdict(&ran, "codes/replayed@native", "inconclusive", "valid flow");
    assert_verdict(&ran, "codes/replayed@web", "pass", "");
}

#[test]
fn the_client_that_a_case_needs_is_looked_for() {
    let secret = "a secret/with=odd+letters".to_owned();
    let fake = Fake::start(Setup { secret, ..Setup::default() });
    let plain = "[client.plain]\nid = \"plain\"\nauth = \"client_secret_basic\"\nsecret = \"plain\"\n\
                 redirect_uris = [\"http://127.0.0.1:8765/plain\"]\n[client.web]";
    let case = "client-authentication/header-not-form-encoded";
    let ran = authspec(&fake.target().replace("[client.web]", plain), &[case]);
    assert_verdict(&ran, case, "pass", "");
    let ran = tried(Setup::default(), &[case]);
    assert_verdict(&ran, case, "not-applicable", "the client web");
}

#[test]
fn a_target_file_without_a_scope_has_none_to_change() {
    let fake = Fake::start(Setup::default());
    let target = fake.target().replace("scope = \"read\"\n", "");
    let ran = authspec(&target, &["token-endpoint/unknown-scope", "parameters/repeated-scope"]);
    assert_verdict(&ran, "token-endpoint/unknown-scope", "not-applicable", "no scope");
    assert_verdict(&ran, "parameters/repeated-scope", "not-applicable", "no scope");
}

/// A server at which a resource server may look into tokens, and no client may.
fn introspected() -> Fake {
    Fake::start(Setup::twisted(|ask: &Ask, answer| {
        let sent = ask.authorization.clone().unwrap_or_default();
        let is_token = |text: &str| text.len() == 64;
        match (ask.path.as_str(), &ask.authorization) {
            ("/introspect", _) if sent == basic("api", "api-secret") => {
                let is_active = is_token(ask.get("token"));
                json(200, if is_active { r#"{"active":true}"# } else { r#"{"active":false}"# })
            }
            ("/introspect", _) if sent == basic("web", "the-secret-of-web") => {
                json(200, r#"{"active":false}"#)
            }
            ("/introspect", _) => refused(),
            _ => answer,
        }
    }))
}

#[test]
fn whoever_may_looks_into_tokens() {
    let fake = introspected();
    let endpoint = format!("endpoint.introspection = \"{}/introspect\"\n[client.", fake.issuer);
    let target = fake.target().replacen("[client.", &endpoint, 1);
    let api = "[client.api]\nid = \"api\"\nauth = \"client_secret_basic\"\nsecret = \"api-secret\"\n\
               grants = []\n[user.alice]";
    let ran = authspec(&target.replace("[user.alice]", api), &["introspection/"]);
    assert_verdict(&ran, "introspection/wrong-hint", "pass", "");
    assert_verdict(&ran, "introspection/unknown-token", "pass", "");
    assert_verdict(&ran, "introspection/wrong-secret", "pass", "");
    assert_clean(&ran);
    // Where nobody may, nothing can be said, and nothing is red.
    let ran = authspec(&target, &["introspection/wrong-hint"]);
    assert_verdict(&ran, "introspection/wrong-hint", "inconclusive", "valid flow");
}

/// A server that lists Basic, and takes secrets in the body alone.
fn deaf_to_basic() -> Fake {
    Fake::start(Setup::twisted(|ask: &Ask, answer| {
        let is_right = ask.get("client_secret") == "the-secret-of-web";
        match (ask.path.as_str(), &ask.authorization) {
            ("/token", Some(_)) => refused(),
            ("/token", None) if is_right && ask.get("code").len() == 64 => {
                json(200, r#"{"access_token":"abcabcabcabc","token_type":"Bearer"}"#)
            }
            _ => answer,
        }
    }))
}

#[test]
fn a_method_that_is_listed_and_refused_is_told_once() {
    let words = ["client-authentication/basic", "pkce/s256-accepted", "codes/replayed"];
    let fake = deaf_to_basic();
    let ran = authspec(&fake.target(), &words);
    assert_verdict(&ran, words[0], "fail", "error=invalid_client");
    let taken = "its secret is taken by client_secret_post";
    assert_verdict(&ran, "pkce/s256-accepted@web", "inconclusive", taken);
    assert_verdict(&ran, "codes/replayed@web", "inconclusive", taken);
    assert_verdict(&ran, "codes/replayed@native", "pass", "");
    // A wrong secret is wrong in either place.
    let ran = authspec(&fake.target().replace("the-secret-of-web", "another-secret"), &words);
    assert_verdict(&ran, words[0], "inconclusive", "in the target file right?");
    let ran = tried(Setup::default(), &words);
    assert_verdict(&ran, words[0], "pass", "");
}

#[test]
fn a_token_is_tried_where_the_target_file_says() {
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        let sent = ask.authorization.as_deref().and_then(|sent| sent.strip_prefix("Bearer "));
        match (ask.path.as_str(), sent.map(str::len)) {
            ("/api", Some(64)) => json(200, r#"{"things":[]}"#),
            ("/api", None) => answer_of(401, &[("www-authenticate", "Bearer")], ""),
            ("/api", Some(_)) => {
                let challenge = "Bearer error=\"invalid_token\"";
                answer_of(401, &[("www-authenticate", challenge)], "")
            }
            _ => answer,
        }
    }));
    let endpoint = format!("endpoint.userinfo = \"{}/api\"\n[client.", fake.issuer);
    let ran = authspec(&fake.target().replacen("[client.", &endpoint, 1), &["bearer/"]);
    for case in ["bearer/no-token", "bearer/unknown-token"] {
        assert_verdict(&ran, case, "pass", "");
    }
}

#[test]
fn what_is_no_openid_provider_is_not_held_against_openid() {
    let ran = tried(Setup::default(), &["--ruleset=oidc", "id-token/", "implicit/"]);
    assert!(ran.cases().iter().all(|it| it["verdict"] != "fail"), "{}", ran.said());
    assert_verdict(&ran, "id-token/issuer@web", "not-applicable", "openid");
    // Nor is a scope asked for that the client does not have.
    let strict = Setup::twisted(|ask: &Ask, answer| {
        let is_own = ["", "read"].contains(&ask.get("scope"));
        if ask.path == "/authorize" && !is_own { html(400, "<p>No such scope.") } else { answer }
    });
    let ran = tried(strict, &["--ruleset=bcp", "implicit/"]);
    assert_verdict(&ran, "implicit/token@web", "pass", "");
    assert_verdict(&ran, "implicit/id-token-token@web", "not-applicable", "openid");
}

#[test]
fn a_refresh_token_that_is_revoked_is_revoked_in_whatever_words() {
    let is_replayed = AtomicBool::new(false);
    let fake = Fake::start(Setup::twisted(move |ask: &Ask, answer| {
        let token = r#"{"access_token":"abcabcabcabc","token_type":"Bearer","refresh_token":"xyzxyzxyzxyz"}"#;
        match (ask.path.as_str(), ask.get("grant_type"), answer.status().as_u16()) {
            ("/token", "authorization_code", 200) => {
                is_replayed.store(false, Ordering::Relaxed);
                json(200, token)
            }
            ("/token", "authorization_code", _) => {
                is_replayed.store(true, Ordering::Relaxed);
                answer
            }
            ("/token", "refresh_token", _) if is_replayed.load(Ordering::Relaxed) => {
                json(400, r#"{"error":"invalid_request"}"#)
            }
            ("/token", "refresh_token", _) => json(200, token),
            _ => answer,
        }
    }));
    let target = fake.target().replace(
        "auth = \"none\"",
        "auth = \"none\"\ngrants = [\"authorization_code\", \"refresh_token\"]",
    );
    let case = "codes/replay-revokes-refresh-token";
    assert_verdict(&authspec(&target, &[case]), case, "pass", "");
}

#[test]
fn where_clients_have_no_grants_each_may_use_all() {
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        match (ask.path.as_str(), ask.get("grant_type"), &ask.authorization) {
            ("/token", "client_credentials", Some(_)) => {
                json(200, r#"{"access_token":"abcabcabcabc","token_type":"Bearer"}"#)
            }
            _ => answer,
        }
    }));
    let case = "client-credentials/client-without-the-grant";
    let target = fake.target();
    assert_verdict(&authspec(&target, &[case]), case, "fail", "access_token");
    let told = target.replacen("[client.", "lacks = [\"grant_limits\"]\n[client.", 1);
    assert_verdict(&authspec(&told, &[case]), case, "not-applicable", "each may use all");
}

#[test]
fn prompt_none_is_answered_by_a_redirect() {
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        let is_asked = ask.path == "/authorize" && ask.get("prompt") == "none";
        if is_asked && ask.cookie.is_none() { html(401, "<p>Who are you?") } else { answer }
    }));
    let target = fake.target().replace("scope = \"read\"", "scope = \"openid read\"");
    let case = "sign-in/prompt-none-without-session";
    let ran = authspec(&target, &["--ruleset=oidc", case]);
    assert_verdict(&ran, case, "fail", "landing on error-page 401");
}

#[test]
fn an_error_does_not_follow_a_fragment() {
    let answering = |to: fn(&str, &str) -> String| {
        Setup::twisted(move |ask: &Ask, answer| {
            let (uri, said) = (ask.get("redirect_uri"), "error=invalid_request");
            match uri.split_once('#') {
                Some((start, fragment)) if ask.path == "/authorize" => {
                    let said = format!("{said}&state={}", ask.get("state"));
                    let to = to(start, fragment).replace("SAID", &said);
                    answer_of(302, &[("location", &to)], "")
                }
                _ => answer,
            }
        })
    };
    let case = "redirect-uri/fragment";
    let ran = tried(answering(|start, fragment| format!("{start}?SAID#{fragment}")), &[case]);
    assert_verdict(&ran, case, "fail", "authspec=");
    let ran = tried(answering(|start, fragment| format!("{start}#{fragment}?SAID")), &[case]);
    assert_verdict(&ran, case, "fail", "authspec=");
    let ran = tried(answering(|start, _| format!("{start}?SAID")), &[case]);
    assert_verdict(&ran, case, "pass", "");
}

#[test]
fn a_sign_in_that_comes_back_for_ever_is_given_up() {
    let count: &'static AtomicUsize = Box::leak(Box::default());
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        if ask.path != "/login" {
            return answer;
        }
        count.fetch_add(1, Ordering::Relaxed);
        let to = format!("/authorize?{}", ask.get("request"));
        answer_of(302, &[("location", &to)], "")
    }));
    let ran = authspec(&fake.target(), &["codes/", "redirect-uri/", "parameters/"]);
    assert_eq!(ran.code, Some(3), "{}", ran.said());
    // Two flows of each client fail before it is given up, each after a few attempts.
    let count = count.load(Ordering::Relaxed);
    assert!(count <= 24, "{count} attempts to sign in: {}", ran.said());
}
