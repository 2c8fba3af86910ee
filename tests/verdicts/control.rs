//! Valid flows that do not work, and sessions that end: of those, no refusal proves anything.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{assert_clean, assert_verdict, explanation, tried};
use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup, html};

/// What must be refused.
const REFUSALS: &[&str] = &[
    "pkce/wrong-verifier@web",
    "client-authentication/wrong-secret-in-header",
    "codes/of-another-client@web",
    "codes/replayed@web",
    "client-authentication/missing-secret",
];

/// What must be granted.
const GRANTS: &[&str] = &["pkce/s256-accepted@web"];

/// Runs against a target file in which something is wrong: all that needs it is inconclusive, and
/// says where to look.
#[track_caller]
fn assert_mistaken(setup: Setup, right: &str, wrong: &str, hint: &str) {
    let fake = Fake::start(setup);
    let target = fake.target();
    assert!(target.contains(right), "{target}");
    let ran = authspec(&target.replace(right, wrong), &[REFUSALS, GRANTS].concat());
    for case in REFUSALS.iter().chain(GRANTS) {
        assert_verdict(&ran, case, "inconclusive", "valid flow");
        assert_verdict(&ran, case, "inconclusive", hint);
    }
    assert_eq!(ran.code, Some(3), "{}", ran.said());
}

const HINT: &str = "in the target file right?";

#[test]
fn a_wrong_secret_is_the_target_files_fault() {
    assert_mistaken(Setup::default(), "the-secret-of-web", "another-secret", HINT);
}

#[test]
fn a_client_that_nobody_knows_is_the_target_files_fault() {
    assert_mistaken(Setup::default(), "id = \"web\"", "id = \"wep\"", HINT);
}

#[test]
fn a_redirect_uri_that_nobody_registered_is_the_target_files_fault() {
    assert_mistaken(Setup::default(), "8765/callback/web", "8765/callback/wep", HINT);
}

#[test]
fn a_wrong_password_is_the_target_files_fault() {
    let (right, wrong) = ("the-password-of-alice", "another-password");
    assert_mistaken(Setup::default(), right, wrong, "password");
    let two_steps = Setup { two_steps: true, ..Setup::default() };
    assert_mistaken(two_steps, right, wrong, "password");
    // Some say no on a page without the form.
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if ask.path == "/login" && answer.status() == 200 { html(401, "Wrong.") } else { answer }
    });
    assert_mistaken(setup, right, wrong, "password");
}

#[test]
fn a_token_endpoint_that_is_elsewhere_is_the_target_files_fault() {
    let fake = Fake::start(Setup::twisted(|ask: &Ask, answer| {
        if ask.path.starts_with("/tokens") { html(404, "Not found") } else { answer }
    }));
    let wrong = format!("scope = \"read\"\nendpoint.token = \"{}/tokens\"\n", fake.issuer);
    let target = fake.target().replace("scope = \"read\"\n", &wrong);
    let ran = authspec(&target, &[REFUSALS, GRANTS].concat());
    for case in REFUSALS.iter().chain(GRANTS) {
        assert_verdict(&ran, case, "inconclusive", "404");
    }
}

#[test]
fn what_is_granted_is_a_finding_even_so() {
    // The secret is wrong and does not matter: with it, nothing works, and without it all does.
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let anonymous = ask.path == "/token" && ask.get("client_id") == "web";
        let token = r#"{"access_token":"a-token-of-this-run","token_type":"Bearer"}"#;
        match anonymous {
            true => crate::fake::answer_of(200, &[("content-type", "application/json")], token),
            false => answer,
        }
    });
    let fake = Fake::start(setup);
    let target = fake.target().replace("the-secret-of-web", "another-secret");
    let ran = authspec(&target, &REFUSALS.iter().chain(GRANTS).copied().collect::<Vec<_>>());
    let granted = "client-authentication/missing-secret";
    assert_verdict(&ran, granted, "fail", "200 access_token=[access_token]");
    for case in REFUSALS.iter().chain(GRANTS).filter(|case| **case != granted) {
        assert_verdict(&ran, case, "inconclusive", HINT);
    }
}

/// Tries what a client that is for the implicit grant alone is told; the answer to each response
/// type is a page, where it is empty, or else what is added to the redirect URI.
fn told_legacy(answer: impl Fn(&str) -> &'static str + Send + Sync + 'static) -> Ran {
    let fake = Fake::start(Setup::twisted(move |ask: &Ask, otherwise| {
        if ask.path != "/authorize" || ask.get("client_id") != "legacy" {
            return otherwise;
        }
        match answer(ask.get("response_type")) {
            "" => html(400, "<p>This request cannot be answered.</p>"),
            added => {
                let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
                let to = format!("{uri}{added}&state={state}");
                crate::fake::answer_of(302, &[("location", &to)], "")
            }
        }
    }));
    authspec(&with_legacy(&fake), &[LEGACY])
}

/// The target file with a client that is for the implicit grant alone.
fn with_legacy(fake: &Fake) -> String {
    let legacy = "[client.legacy]\nid = \"legacy\"\nauth = \"none\"\ngrants = [\"implicit\"]\n\
                  redirect_uris = [\"http://127.0.0.1:8765/legacy\"]\n[user.alice]";
    fake.target().replace("[user.alice]", legacy)
}

const LEGACY: &str = "front-channel/spellings@legacy";

#[test]
fn what_reaches_a_client_that_is_not_for_codes_shows_that_it_is_known() {
    // Not even the redirect URI need be known where there are pages alone.
    assert_verdict(&told_legacy(|_| ""), LEGACY, "inconclusive", "the valid flow does not work");
    for said in ["?error=unsupported_response_type", "#id_token=abc123abc123"] {
        let ran = told_legacy(move |asked| if asked == "TOKEN" { said } else { "" });
        assert_verdict(&ran, LEGACY, "pass", "");
    }
    let token = "#access_token=abc123abc123&token_type=Bearer";
    let ran = told_legacy(move |asked| if asked == "TOKEN" { token } else { "" });
    assert_verdict(&ran, LEGACY, "warn", "access_token=[access_token]");
    let ran = told_legacy(|asked| if asked == "TOKEN" { "?foo=bar" } else { "" });
    assert_verdict(&ran, LEGACY, "inconclusive", "the valid flow does not work");
}

#[test]
fn a_client_of_the_implicit_grant_has_a_valid_flow_of_its_own() {
    const PAIRS: &str = "redirect-uri/unregistered-in-pairs@legacy";
    let answered_anywhere = |mode: &'static str| {
        let twisted = Setup::twisted(move |ask: &Ask, otherwise| {
            if ask.path != "/authorize" || ask.get("client_id") != "legacy" {
                return otherwise;
            }
            let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
            let said = match (ask.get("response_type"), ask.get("response_mode")) {
                (_, sent) if sent == mode => "error=unsupported_response_mode",
                _ if !uri.ends_with("/legacy") => return html(400, "<p>No.</p>"),
                ("token", _) => "access_token=abc123abc123&token_type=Bearer",
                _ => "error=unauthorized_client",
            };
            let to = format!("{uri}#{said}&state={state}");
            crate::fake::answer_of(302, &[("location", &to)], "")
        });
        Fake::start(Setup { response_types: &["code", "token"], ..twisted })
    };
    let sound = answered_anywhere("none");
    assert_verdict(&authspec(&with_legacy(&sound), &[PAIRS]), PAIRS, "pass", "");
    let open = answered_anywhere("form_post");
    let ran = authspec(&with_legacy(&open), &[PAIRS]);
    assert_verdict(&ran, PAIRS, "fail", "attacker.example");
}

#[test]
fn a_server_that_grants_nothing_at_all_is_red_only_where_it_must_grant() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let body = r#"{"error":"invalid_grant"}"#;
        match ask.path.as_str() {
            "/token" => crate::fake::answer_of(400, &[("content-type", "application/json")], body),
            _ => answer,
        }
    });
    let ran = tried(setup, &[]);
    for case in ran.cases() {
        let verdict = case["verdict"].as_str().unwrap();
        let id = case["id"].as_str().unwrap();
        let at_token = REFUSALS.contains(&id);
        assert!(!at_token || verdict == "inconclusive", "{id} {verdict}: {}", explanation(&case));
    }
    assert_verdict(&ran, "pkce/s256-accepted@web", "fail", "400 error=invalid_grant");
}

#[track_caller]
fn assert_sound(setup: Setup) {
    assert_clean(&tried(setup, &["--jobs", "8"]));
}

#[test]
fn ways_to_sign_in_do_not_matter() {
    assert_sound(Setup { consents_always: true, ..Setup::default() });
    assert_sound(Setup { two_steps: true, ..Setup::default() });
    assert_sound(Setup { two_steps: true, consents_always: true, ..Setup::default() });
}

#[test]
fn sessions_may_end_between_cases() {
    assert_sound(Setup { forgetful: true, ..Setup::default() });
}

#[test]
fn a_login_page_may_come_before_anything_is_checked() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let visitor = ask.path == "/authorize" && ask.cookie.is_none();
        let page = "<form method=post action=/login><input type=hidden name=request value=\"\">\
                    <input name=username><input name=password type=password>\
                    <button>Sign in</button></form>";
        if visitor && answer.status() == 400 { html(200, page) } else { answer }
    });
    let ran = tried(setup, &["redirect-uri/"]);
    assert_verdict(&ran, "redirect-uri/unknown-client", "pass", "");
    assert_verdict(&ran, "redirect-uri/unregistered-host@web", "pass", "");
}

#[test]
fn a_server_that_voids_everything_on_replay_makes_no_other_case_red() {
    assert_sound(Setup { jumpy: true, ..Setup::default() });
    for _ in 0..10 {
        let fake = Fake::start(Setup { jumpy: true, delay: 5, ..Setup::default() });
        let replays = ["codes/replayed", "pkce/own-verifier", "pkce/longest-verifier"];
        let words =
            [&replays[..], &["unknown-parameter", "wrong-verifier", "--jobs", "8"]].concat();
        let ran = authspec(&fake.target(), &words);
        assert_eq!(ran.code, Some(0), "{}", ran.said());
    }
}

#[test]
fn a_server_that_voids_everything_on_revocation_makes_no_other_case_red() {
    for _ in 0..10 {
        let fake = Fake::start(Setup { delay: 5, ..Setup::default() });
        let revokes = format!("scope = \"read\"\nendpoint.revocation = \"{}/revoke\"", fake.issuer);
        let target = fake.target().replace("scope = \"read\"", &revokes);
        let words = ["revocation/", "longest-verifier", "own-verifier", "unknown-parameter"];
        let ran = authspec(&target, &[&words[..], &["--jobs", "16"]].concat());
        let cases = ran.cases();
        let revoked =
            cases.iter().filter(|it| it["id"].as_str().unwrap().starts_with("revocation/"));
        assert!(revoked.filter(|it| it["verdict"] == "pass").count() > 3, "{cases:#?}");
        assert_eq!(ran.code, Some(0), "{}", ran.said());
    }
}

#[test]
fn what_is_found_alone_is_found_among_others() {
    // How the cases meet must not count: each is tried once alone, once among all.
    let count = AtomicUsize::new(0);
    let ran = tried(Setup::default(), &["--jobs", "1"]);
    let together = tried(Setup::default(), &["--jobs", "8"]);
    for (one, other) in ran.cases().iter().zip(together.cases()) {
        assert_eq!((&one["id"], &one["verdict"]), (&other["id"], &other["verdict"]));
        count.fetch_add(1, Ordering::Relaxed);
    }
    assert!(count.into_inner() > 50);
}
