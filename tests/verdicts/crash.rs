//! Servers that fail over a request each time it is sent, and servers that only seem to.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{assert_verdict, refusing, tried};
use crate::command::authspec;
use crate::fake::{Ask, DROP, Fake, Setup, answer_of, html};

const AT_TOKEN: &[&str] = &["pkce/wrong-verifier@web", "codes/replayed@web"];
const AT_VISIT: &[&str] = &["redirect-uri/unregistered-host@native", "pkce/required-for-public"];

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_5xx_that_comes_each_time_is_a_crash() {
    for status in [500, 502, 503] {
        for body in ["Whoops", r#"{"error":"invalid_grant"}"#] {
            let ran = tried(refusing("/token", move || answer_of(status, &[JSON], body)), AT_TOKEN);
            for case in AT_TOKEN {
                assert_verdict(&ran, case, "warn", &format!("crashes ({status})"));
                assert_verdict(&ran, case, "warn", "nothing was granted");
            }
        }
        let setup = refusing("/authorize", move || html(status, "Whoops"));
        let ran = tried(setup, &[AT_VISIT, &["redirect-uri/unknown-client"]].concat());
        for case in AT_VISIT {
            assert_verdict(&ran, case, "warn", &format!("crashes ({status})"));
        }
    }
}

#[test]
fn that_a_server_does_not_do_this_is_an_answer() {
    let body = r#"{"error":"unsupported_grant_type"}"#;
    let case = "token-endpoint/unknown-grant-type";
    let ran = tried(refusing("/token", move || answer_of(501, &[JSON], body)), &[case]);
    assert_verdict(&ran, case, "warn", "not in the specified way");
    let setup = refusing("/authorize", || html(501, "No such thing"));
    assert_verdict(&tried(setup, AT_VISIT), AT_VISIT[0], "pass", "");
}

#[test]
fn a_connection_that_ends_each_time_is_a_crash() {
    let ran = tried(refusing("/token", || answer_of(DROP, &[], "")), AT_TOKEN);
    for case in AT_TOKEN {
        assert_verdict(&ran, case, "warn", "crashes (the connection ends");
    }
}

#[test]
fn a_crash_where_a_grant_is_due_is_a_failure() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let is_short = ask.path == "/token" && ask.get("code_verifier").len() == 128;
        if is_short { answer_of(500, &[], "Whoops") } else { answer }
    });
    let ran = tried(setup, &["pkce/longest-verifier"]);
    assert_verdict(&ran, "pkce/longest-verifier", "fail", "crashes (500)");
}

#[test]
fn a_crash_where_a_refusal_would_leave_it_open_grants_nothing() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let is_unknown = ask.path == "/authorize" && ask.get("response_type") == "authspec";
        if is_unknown { answer_of(500, &[], "Whoops") } else { answer }
    });
    let fake = Fake::start(setup);
    let own = "redirect_uris = [\"";
    let target = fake.target().replacen(
        own,
        &format!("{own}http://127.0.0.1:8766/callback/native\", \""),
        1,
    );
    let case = "redirect-uri/error-at-the-one-asked-for@native";
    assert_verdict(&authspec(&target, &[case]), case, "warn", "crashes (500)");
}

#[test]
fn a_5xx_that_does_not_come_again_is_no_crash() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let refuses = ask.path == "/token" && answer.status() == 400;
        let fails = refuses && count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        if fails { answer_of(500, &[], "Whoops") } else { answer }
    });
    let ran = tried(setup, AT_TOKEN);
    AT_TOKEN.iter().for_each(|case| assert_verdict(&ran, case, "pass", ""));
    assert!(ran.stdout.contains("the server stumbled"), "{}", ran.said());
}

#[test]
fn where_the_valid_flow_fails_afterwards_nothing_is_a_crash() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        // The first request is the valid flow's; after that, the server is ill.
        let is_ill = ask.path == "/token" && count.fetch_add(1, Ordering::Relaxed) > 0;
        if is_ill { answer_of(500, &[], "Whoops") } else { answer }
    });
    let ran = tried(setup, &["pkce/wrong-verifier@web"]);
    assert_verdict(&ran, "pkce/wrong-verifier@web", "inconclusive", "answered 500");
}
