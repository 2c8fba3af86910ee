//! What a case would pass for another reason than the one that it is about.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use axum::response::Response;
use tempfile::TempDir;

use super::{assert_verdict, refusing, tried};
use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup, answer_of, found, html};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Runs cases against the embedded server with this defect.
fn embedded(defect: &str, words: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "--agent", "forms", "--defect", defect, "--results", "results.json"])
        .args(["--evidence", "evidence", "--snapshot-dir", "snapshots"])
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("all we print is text");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let took = start.elapsed();
    Ran { code: output.status.code(), stdout, stderr, took, peak: 0, folder }
}

#[test]
fn the_last_of_two_values_is_no_better_than_the_first() {
    let refused_otherwise = "parameters/repeated-response-type";
    let words = ["parameters/repeated-verifier", "redirect-uri/repeated", refused_otherwise];
    let ran = embedded("takes-last-of-each", &words);
    for case in words {
        assert_verdict(&ran, case, "fail", "");
    }
}

#[test]
fn a_code_that_only_its_verifier_protects_is_found() {
    let ran = embedded("redeems-without-verifier", &["codes/replayed", "codes/unknown"]);
    for case in ["codes/replayed@native", "codes/replayed@web", "codes/unknown"] {
        assert_verdict(&ran, case, "fail", "200");
    }
}

#[test]
fn that_a_token_lives_proves_nothing_where_none_ever_dies() {
    let ran = embedded("ignores-revocation", &["revocation/token-"]);
    let why = "proves nothing";
    assert_verdict(&ran, "revocation/token-survives-missing-secret", "not-applicable", why);
    assert_verdict(&ran, "revocation/token-of-another-client@web", "not-applicable", why);
    let ran = embedded("keeps-access-token-after-replay", &["codes/invalid-replay"]);
    assert_verdict(&ran, "codes/invalid-replay-revokes-nothing", "not-applicable", why);
}

#[test]
fn who_was_signed_out_by_another_case_is_signed_in_again() {
    let ran = embedded("renews-sessions-only", &["--ruleset", "oidc", "sign-in/"]);
    assert_verdict(&ran, "sign-in/max-age-of-nought", "warn", "");
    assert_verdict(&ran, "sign-in/prompt-none-with-session", "pass", "");
}

#[test]
fn who_signed_in_where_nothing_may_be_asked_need_not_be_asked_again() {
    let case = "reauthentication/max-age-passed";
    let ran = embedded("ignores-prompt-none", &["--ruleset", "oidc", case]);
    assert_verdict(&ran, case, "fail", "");
    let found = ran.cases()[0]["findings"].as_array().map(Vec::len);
    assert_eq!(found, Some(1), "{}", ran.said());
}

#[test]
fn another_registered_redirect_uri_is_not_that_of_the_code() {
    let case = "redirect-uri/another-of-the-client-at-token";
    let ran = embedded("checks-registration-at-token", &[case]);
    assert_verdict(&ran, &format!("{case}@native"), "fail", "200");
}

#[test]
fn an_unregistered_redirect_uri_is_tried_beside_each_response_type() {
    let case = "redirect-uri/unregistered-in-pairs";
    let ran = embedded("answers-hybrids-anywhere", &[case]);
    assert_verdict(&ran, &format!("{case}@native"), "fail", "attacker.example");
}

/// Runs the cases of this suite file against the server.
fn of_suite(setup: Setup, suite: &str) -> Ran {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("own.toml"), suite).unwrap();
    let folder = folder.path().to_str().unwrap();
    authspec(&Fake::start(setup).target(), &["--suites", folder])
}

/// A request that must be refused for one parameter, in the circumstances of another one.
const GIVEN: &str = r#"
title = "Own"
client = "public"
[[requirement]]
cite = "RFC6749 §3.1"
must = "It MUST be refused."
[requirement.case.own]
steps               = ["authorize"]
given.authorize.set = { prompt = "none" }
when.authorize.set  = { response_type = "authspec" }
then.authorize      = { error = ["unsupported_response_type", "interaction_required"], lacks = ["code"] }
"#;

#[test]
fn what_is_refused_without_the_change_too_proves_nothing() {
    assert_verdict(&of_suite(Setup::default(), GIVEN), "own/own", "pass", "");
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let location = format!("{}?error=interaction_required", ask.get("redirect_uri"));
        let state = format!("&state={}", ask.get("state"));
        let is_asked = ask.path == "/authorize" && ask.get("prompt") == "none";
        if is_asked { found(&(location + &state)) } else { answer }
    });
    let ran = of_suite(setup, GIVEN);
    let why = "refused without what the case is about too, so a refusal proves nothing";
    assert_verdict(&ran, "own/own", "not-applicable", why);
    assert_verdict(&ran, "own/own", "not-applicable", "interaction_required");
}

#[test]
fn a_secret_in_the_url_is_no_other_reason_than_a_secret_in_the_body() {
    // This client may not send its secret in the body either.
    let ran = tried(Setup::default(), &["client-authentication/secret-in-url"]);
    let why = "refused without what the case is about too";
    assert_verdict(&ran, "client-authentication/secret-in-url", "not-applicable", why);
}

#[test]
fn what_was_not_granted_at_first_cannot_be_granted_twice() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let is_new = ask.path == "/token" && answer.status() == 200;
        // The valid flow works, and none after it.
        let fails = is_new && count.fetch_add(1, Ordering::Relaxed) > 0;
        if fails { answer_of(400, &[JSON], r#"{"error":"invalid_grant"}"#) } else { answer }
    });
    let ran = tried(setup, &["codes/replayed@native"]);
    let why = "at token, where nothing was changed: 400 error=invalid_grant";
    assert_verdict(&ran, "codes/replayed@native", "inconclusive", why);
}

/// What becomes of token requests that bring no verifier, and of all after the first of them where it lasts.
fn without_verifier(lasts: bool, instead: impl Fn() -> Response + Send + Sync + 'static) -> Setup {
    let begun = AtomicBool::new(false);
    Setup::twisted(move |ask: &Ask, answer| {
        let lacks = ask.path == "/token" && ask.get("code_verifier").is_empty();
        let begun = lacks && {
            begun.store(true, Ordering::Relaxed);
            true
        } || lasts && begun.load(Ordering::Relaxed);
        if begun && !ask.path.contains(".well-known") { instead() } else { answer }
    })
}

#[test]
fn a_gateway_that_begins_to_block_beside_a_case_is_seen() {
    let setup = without_verifier(true, || html(403, "<p>Request blocked"));
    let ran = tried(setup, &["codes/unknown"]);
    let why = "refused in the same way, as if a gateway blocked them";
    assert_verdict(&ran, "codes/unknown", "inconclusive", why);
}

#[test]
fn what_could_not_be_tried_beside_a_case_is_told() {
    let ran = tried(without_verifier(false, || html(429, "later")), &["codes/unknown"]);
    assert_verdict(&ran, "codes/unknown", "inconclusive", "at token: the server answered 429");
    // What the server never answers, it does not grant.
    let ran = tried(without_verifier(false, || html(500, "oops")), &["codes/unknown"]);
    let why = "a variant of it could not be tried: at token: the server answered 500";
    assert_verdict(&ran, "codes/unknown", "pass", why);
}

#[test]
fn an_answer_without_members_says_nothing_of_their_types() {
    let refusing = refusing("/token", || html(400, "Bad request"));
    let ran = tried(refusing, &["pkce/wrong-verifier@native", "always/types-of-errors"]);
    assert_verdict(&ran, "always/types-of-errors", "inconclusive", "no answer of this kind");
    let ran = tried(Setup::default(), &["pkce/wrong-verifier@native", "always/types-of-errors"]);
    assert_verdict(&ran, "always/types-of-errors", "pass", "");
}

/// A server whose refresh tokens are these, each yielding what follows it, for the client that got it: but
/// `once` works once only.
fn refreshing(tokens: &'static [(&'static str, &'static str)]) -> Setup {
    let used = AtomicBool::new(false);
    Setup::twisted(move |ask: &Ask, answer| {
        let whose = if ask.authorization.is_some() { "web-" } else { "native-" };
        let granted = |next: &str| {
            let body = serde_json::json!({
                "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 600,
                "refresh_token": format!("{whose}{next}"),
            });
            answer_of(200, &[JSON], body.to_string())
        };
        let own = ask.get("refresh_token").strip_prefix(whose);
        match tokens.iter().find(|(token, _)| Some(*token) == own) {
            _ if ask.path == "/token" && answer.status() == 200 => {
                used.store(false, Ordering::Relaxed);
                granted(tokens[0].0)
            }
            _ if ask.path != "/token" || ask.get("grant_type") != "refresh_token" => answer,
            Some((token, next)) if *token != "once" || !used.swap(true, Ordering::Relaxed) => {
                granted(next)
            }
            _ => answer_of(400, &[JSON], r#"{"error":"invalid_grant"}"#),
        }
    })
}

/// Runs cases against it, with clients that have these grants.
fn refreshed(setup: Setup, web: &str, words: &[&str]) -> Ran {
    let fake = Fake::start(setup);
    let refreshes = "grants = [\"authorization_code\", \"refresh_token\"]\n";
    let target = fake.target();
    let target = target.replacen("[client.web]\n", &format!("{refreshes}[client.web]\n{web}"), 1);
    authspec(&target, words)
}

#[test]
fn a_client_that_may_not_refresh_is_refused_for_that() {
    let setup = || refreshing(&[("one", "one")]);
    let case = "client-authentication/refresh-by-another-client";
    let ran = refreshed(setup(), "grants = [\"authorization_code\"]\n", &[case]);
    let why = "the other client may not refresh at all";
    assert_verdict(&ran, &format!("{case}@native"), "not-applicable", why);
    let web = "grants = [\"authorization_code\", \"refresh_token\"]\n";
    let ran = refreshed(setup(), web, &[case]);
    assert_verdict(&ran, &format!("{case}@native"), "pass", "");
}

#[test]
fn a_successor_that_never_works_is_not_revoked() {
    let case = "token-endpoint/reuse-revokes-successor";
    let web = "grants = [\"authorization_code\"]\n";
    let ran = refreshed(refreshing(&[("once", "never")]), web, &[case]);
    let why = "refused without what came before too";
    assert_verdict(&ran, case, "not-applicable", why);
}

#[test]
fn what_belongs_to_a_client_that_does_not_work_is_refused_for_that() {
    let case = "redirect-uri/of-another-client";
    assert_verdict(&tried(Setup::default(), &[case]), case, "pass", "");
    let fake = Fake::start(Setup::default());
    let ran = authspec(&fake.target().replace("/callback/web", "/callback/mistyped"), &[case]);
    assert_verdict(&ran, case, "inconclusive", "the valid flow does not work for this client");
}

#[test]
fn whoever_is_not_signed_in_is_refused_for_that() {
    let suite = GIVEN.replace(r#"response_type = "authspec" }"#, r#"authspec = "1" }"#).replace(
        r#""unsupported_response_type", "interaction_required""#,
        r#""invalid_request", "login_required""#,
    );
    let says = |forgetful: bool, error: &'static str| {
        let twist = move |ask: &Ask, answer| {
            let place = format!("{}?state={}", ask.get("redirect_uri"), ask.get("state"));
            let is_asked = ask.path == "/authorize" && !ask.get("authspec").is_empty();
            if is_asked { found(&format!("{place}&error={error}")) } else { answer }
        };
        Setup { forgetful, ..Setup::twisted(twist) }
    };
    assert_verdict(&of_suite(says(false, "login_required"), &suite), "own/own", "pass", "");
    let why = "asks for the password at each visit, so there is no session";
    assert_verdict(
        &of_suite(says(true, "login_required"), &suite),
        "own/own",
        "not-applicable",
        why,
    );
}

#[test]
fn a_client_that_acts_as_another_is_refused_its_own_code_alone() {
    let ran = embedded("takes-client-from-body", &["client-authentication/two-"]);
    assert_verdict(&ran, "client-authentication/two-clients", "pass", "");
    let case = "client-authentication/two-clients-with-the-code-of-the-other";
    assert_verdict(&ran, case, "warn", "200 access_token");
}

#[test]
fn a_server_that_is_deaf_to_basic_is_told_by_one_case() {
    let cases = ["client-authentication/", "codes/unknown", "metadata-truth/client-secret-basic"];
    let ran = embedded("refuses-basic", &cases);
    assert_verdict(&ran, "client-authentication/basic", "fail", "invalid_client");
    assert_verdict(&ran, "codes/unknown", "pass", "");
    let is_red = |case: &&serde_json::Value| case["verdict"] == "fail";
    assert_eq!(ran.cases().iter().filter(is_red).count(), 1, "{}", ran.said());
}

#[test]
fn what_is_granted_for_another_reason_shows_nothing() {
    let case = "letter-case/verifier-in-upper-case";
    let ran = embedded("accepts-missing-verifier", &[case]);
    assert_verdict(&ran, case, "not-applicable", "the server does not require a verifier");
    let case = "redirect-uri/error-at-the-one-asked-for";
    let ran = embedded("ignores-response-type", &[case]);
    assert_verdict(&ran, &format!("{case}@portal"), "not-applicable", "the server grants this");
    let case = "front-channel/by-post";
    let ran = embedded("rejects-posted-authorization", &[case]);
    assert_verdict(&ran, &format!("{case}@web"), "not-applicable", "proves nothing");
}
