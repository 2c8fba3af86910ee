//! What a server may do otherwise than most, and is not at fault for.

use super::{assert_verdict, location, tried};
use crate::command::authspec;
use crate::fake::{Ask, Fake, Setup, answer_of, html};
use axum::response::Response;

const JSON: (&str, &str) = ("content-type", "application/json");

fn redirect(to: &str) -> Response {
    answer_of(302, &[("location", to)], "")
}

/// Sends an error to where the request wants its answer.
fn error(ask: &Ask, error: &str) -> Response {
    let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", error).append_pair("state", state);
    redirect(&format!("{uri}?{}", query.finish()))
}

#[test]
fn a_state_that_no_client_may_send_may_be_refused() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let is_odd = !ask.get("state").bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if ask.path == "/authorize" && is_odd { html(400, "<p>No.</p>") } else { answer }
    });
    let ran =
        tried(setup, &["codes/odd-state", "parameters/state-with-line-break", "always/state"]);
    for case in ["codes/odd-state", "parameters/state-with-line-break", "always/state"] {
        assert_verdict(&ran, case, "pass", "");
    }
    let cleaned = Setup::twisted(|_: &Ask, answer| {
        let to = location(&answer).map(|to| to.replace("%0D%0A", ""));
        to.filter(|to| to.contains("code=")).map_or(answer, |to| redirect(&to))
    });
    let ran = tried(cleaned, &["parameters/state-with-line-break", "always/state"]);
    assert_verdict(&ran, "always/state", "pass", "");
}

#[test]
fn an_unknown_scope_may_be_granted_and_what_is_absent_is_as_asked() {
    let ran = tried(Setup::default(), &["token-endpoint/unknown-scope"]);
    assert_verdict(&ran, "token-endpoint/unknown-scope", "pass", "");
    let refusing = |with: &'static str| {
        Setup::twisted(move |ask: &Ask, answer| {
            let is_unknown = ask.path == "/authorize" && ask.get("scope").contains("unknown");
            let is_answer = location(&answer).is_some_and(|to| to.contains("code="));
            if is_unknown && is_answer { error(ask, with) } else { answer }
        })
    };
    let ran = tried(refusing("invalid_scope"), &["token-endpoint/unknown-scope"]);
    assert_verdict(&ran, "token-endpoint/unknown-scope", "pass", "");
    let ran = tried(refusing("invalid_request"), &["token-endpoint/unknown-scope"]);
    assert_verdict(&ran, "token-endpoint/unknown-scope", "warn", "error=invalid_request");
}

/// Gives a code to whoever sends no challenge, and redeems it where it says so.
fn without_challenge(redeems: bool) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| {
        let sent = ask.get("redirect_uri");
        let is_bare = ask.get("response_type") == "code" && ask.get("code_challenge").is_empty();
        let is_answer = location(&answer).is_some_and(|to| to.contains("error="));
        match ask.path.as_str() {
            "/authorize" if is_bare && is_answer => {
                redirect(&format!("{sent}?code=barebarebarebare&state={}", ask.get("state")))
            }
            "/token" if ask.get("code") == "barebarebarebare" && redeems => {
                let token = r#"{"access_token":"abcabcabcabc","token_type":"Bearer"}"#;
                answer_of(200, &[JSON, ("cache-control", "no-store")], token)
            }
            _ => answer,
        }
    })
}

#[test]
fn a_code_without_a_challenge_may_be_refused_when_it_is_redeemed() {
    const CASES: [&str; 2] =
        ["pkce/no-token-without-challenge", "pkce/no-token-without-challenge-or-nonce"];
    let ran = tried(without_challenge(false), &["--ruleset=bcp", "pkce/"]);
    CASES.iter().for_each(|case| assert_verdict(&ran, case, "pass", ""));
    let ran = tried(without_challenge(false), &["--ruleset=oauth2.1", "pkce/required-for"]);
    assert_verdict(&ran, "pkce/required-for-public", "fail", "code=");
    let ran = tried(without_challenge(true), &["--ruleset=bcp", "pkce/no-token"]);
    assert_verdict(&ran, CASES[0], "fail", "access_token");
    assert_verdict(&ran, CASES[1], "warn", "access_token");
    let ran = tried(Setup::default(), &["--ruleset=bcp", "pkce/no-token"]);
    CASES.iter().for_each(|case| assert_verdict(&ran, case, "pass", ""));
}

#[test]
fn a_code_in_place_of_a_token_is_one_mistake_and_not_a_token() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let asks = ask.path == "/authorize" && ask.get("response_type").contains("token");
        let refused = location(&answer).is_some_and(|to| to.contains("error="));
        let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
        if asks && refused {
            return redirect(&format!("{uri}?code=abcabcabcabc&state={state}"));
        }
        answer
    });
    let ran = tried(setup, &["--ruleset=bcp", "implicit/"]);
    assert_verdict(&ran, "implicit/token@native", "pass", "");
    assert_verdict(&ran, "implicit/code-token@web", "pass", "");
    assert_verdict(&ran, "implicit/other-than-asked", "fail", "code=");
}

#[test]
fn plain_is_found_out_by_trying_and_may_be_refused() {
    const CASES: [(&str, &str); 3] = [
        ("pkce/plain-accepted", "the server does not do this"),
        ("pkce/absent-method-is-plain", "the server does not support plain"),
        ("pkce/wrong-plain-verifier", "the server does not do this"),
    ];
    let listing = |methods: &'static str| {
        Setup::twisted(move |ask: &Ask, answer| {
            if !ask.path.starts_with("/.well-known/") {
                return answer;
            }
            let issuer = format!("http://{}", ask.host);
            let text = format!(
                r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/authorize","token_endpoint":"{issuer}/token","response_types_supported":["code"]{methods}}}"#
            );
            answer_of(200, &[JSON], text)
        })
    };
    for methods in ["", r#","code_challenge_methods_supported":["S256","plain"]"#] {
        let ran = tried(listing(methods), &["pkce/"]);
        for (case, why) in CASES {
            assert_verdict(&ran, case, "not-applicable", why);
        }
    }
    let ran = tried(listing(""), &["pkce/plain-refused"]);
    assert_verdict(&ran, "pkce/plain-refused", "not-applicable", "does not say which");
}

#[test]
fn a_missing_grant_type_is_a_missing_parameter() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if ask.path == "/token" && ask.get("grant_type").is_empty() {
            return answer_of(400, &[JSON], r#"{"error":"unsupported_grant_type"}"#);
        }
        answer
    });
    let ran = tried(setup, &["token-endpoint/missing-grant-type"]);
    let why = "error=unsupported_grant_type";
    assert_verdict(&ran, "token-endpoint/missing-grant-type", "warn", why);
}

#[test]
fn the_identifier_may_stand_beside_the_header() {
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        let is_web = ask.path == "/token" && ask.authorization.is_some();
        if is_web && ask.get("client_id") != "web" {
            return answer_of(400, &[JSON], r#"{"error":"invalid_request"}"#);
        }
        answer
    }));
    let target =
        fake.target().replace("id = \"web\"", "id = \"web\"\ntoken.body = { client_id = \"web\" }");
    let ran = authspec(&target, &["pkce/s256-accepted"]);
    assert_verdict(&ran, "pkce/s256-accepted@web", "pass", "");
}

/// Some servers send whoever makes a mistake to the page to sign in at, at any endpoint.
#[test]
fn a_redirect_to_the_page_to_sign_in_at_grants_nothing() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let is_refused = (400..500).contains(&answer.status().as_u16());
        if ask.path == "/token" && is_refused { redirect("/login") } else { answer }
    });
    let ran = tried(setup, &["pkce/wrong-verifier", "token-endpoint/get"]);
    assert_verdict(&ran, "pkce/wrong-verifier@web", "warn", "302");
    assert_verdict(&ran, "token-endpoint/get@web", "warn", "302");
}

#[test]
fn a_refresh_token_that_nobody_gets_is_not_too_short() {
    let fake = Fake::start(Setup::default());
    let target = fake.target().replace(
        "auth = \"none\"",
        "auth = \"none\"\ngrants = [\"authorization_code\", \"refresh_token\"]",
    );
    let ran = authspec(&target, &["entropy/"]);
    assert_verdict(&ran, "entropy/access-token", "pass", "");
    assert_verdict(&ran, "entropy/refresh-token", "inconclusive", "there is no refresh token");
}

/// RFC8414 §2: where the metadata do not list methods for revocation, that is client_secret_basic alone.
#[test]
fn who_cannot_revoke_by_the_metadata_is_not_told_otherwise() {
    let setup = || {
        Setup::twisted(|ask: &Ask, answer| match ask.path.as_str() {
            "/.well-known/oauth-authorization-server" => {
                let issuer = format!("http://{}", ask.host);
                let endpoints = ["authorization", "token", "revocation"].map(|name| {
                    let path = if name == "authorization" { "authorize" } else { name };
                    format!(r#""{name}_endpoint":"{issuer}/{path}","#)
                });
                let types = r#""response_types_supported":["code"]"#;
                let text = format!(r#"{{"issuer":"{issuer}",{}{types}}}"#, endpoints.concat());
                answer_of(200, &[JSON], text)
            }
            "/token" if answer.status() == 200 => {
                let token = r#"{"access_token":"abcabcabcabc","token_type":"Bearer","refresh_token":"xyzxyzxyzxyz"}"#;
                answer_of(200, &[JSON], token)
            }
            "/token" if ask.get("grant_type") == "refresh_token" => {
                let token = r#"{"access_token":"abcabcabcabd","token_type":"Bearer","refresh_token":"xyzxyzxyzxyz"}"#;
                answer_of(200, &[JSON], token)
            }
            "/revocation" => answer_of(401, &[JSON], r#"{"error":"invalid_client"}"#),
            _ => answer,
        })
    };
    let fake = Fake::start(setup());
    let grants = "grants = [\"authorization_code\", \"refresh_token\"]";
    let mut target = fake.target();
    for method in ["none", "client_secret_basic"] {
        let auth = format!("auth = \"{method}\"");
        target = target.replace(&auth, &format!("{auth}\n{grants}"));
    }
    let ran = authspec(&target, &["revocation/refresh-token"]);
    assert_verdict(&ran, "revocation/refresh-token@native", "not-applicable", "by none");
    assert_verdict(&ran, "revocation/refresh-token@web", "fail", "invalid_client");
}
