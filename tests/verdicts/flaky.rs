//! Servers that stumble now and then, and what stands between them and us.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{assert_clean, assert_verdict, explanation, tried};
use crate::command::authspec;
use crate::fake::{Ask, DROP, Fake, SILENCE, Setup, answer_of, html};

/// A server that answers so to requests whose number fits, counted from nought.
fn stumbling(status: u16, fits: impl Fn(usize) -> bool + Send + Sync + 'static) -> Setup {
    let count = AtomicUsize::new(0);
    Setup::twisted(move |ask: &Ask, answer| {
        let is_asked = !ask.path.contains(".well-known");
        let fails = is_asked && fits(count.fetch_add(1, Ordering::Relaxed));
        if fails { answer_of(status, &[], "") } else { answer }
    })
}

#[track_caller]
fn assert_all_pass(setup: Setup, words: &[&str]) {
    assert_clean(&tried(setup, words));
}

#[test]
fn one_failure_in_a_valid_flow_costs_nothing() {
    for status in [500, 503, DROP, SILENCE] {
        for number in [0, 1, 3, 4] {
            let setup = stumbling(status, move |count| count == number);
            assert_all_pass(setup, &["--timeout", "2s", "pkce/"]);
        }
    }
}

#[test]
fn endpoints_that_never_answer_cost_only_what_needs_them() {
    let silent =
        Setup::twisted(
            |ask: &Ask, answer| {
                if ask.path == "/revoke" { answer_of(SILENCE, &[], "") } else { answer }
            },
        );
    let fake = Fake::start(silent);
    let scope = "scope = \"read\"\n";
    let endpoint = |name, path| format!("endpoint.{name} = \"{}/{path}\"\n", fake.issuer);
    let both = endpoint("revocation", "revoke") + &endpoint("introspection", "introspect");
    let named = format!("{scope}{both}");
    let later = "url-of-a-post/verifier";
    let words = ["--jobs", "1", "--timeout", "200ms", "revocation/", "introspection/", later];
    let ran = authspec(&fake.target().replace(scope, &named), &words);
    assert_verdict(&ran, "revocation/revoked-twice", "inconclusive", "no answer within 0.2 s");
    assert_verdict(&ran, later, "pass", "");
}

#[test]
fn failures_now_and_then_cost_nothing() {
    for (status, every) in [(500, 20), (DROP, 17)] {
        assert_all_pass(stumbling(status, move |count| count % every == every - 1), &[]);
    }
}

#[test]
fn a_token_endpoint_that_now_and_then_redirects_to_a_login_page_costs_nothing() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let fails = ask.path == "/token" && count.fetch_add(1, Ordering::Relaxed) % 15 == 14;
        if fails { answer_of(302, &[("location", "/login")], "") } else { answer }
    });
    assert_all_pass(setup, &[]);
}

#[test]
fn three_failures_in_a_row_are_no_end() {
    for number in [10, 40] {
        let setup = stumbling(DROP, move |count| (number..number + 3).contains(&count));
        assert_all_pass(setup, &[]);
    }
}

#[test]
fn where_no_client_works_the_run_ends_early_and_says_what_to_mend() {
    let fake = Fake::start(Setup::default());
    let target = fake.target().replace("8765/callback", "8765/callbakc");
    let ran = authspec(&target, &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.said());
    let (said, doctor) = ("note: the valid flow of the client", "authspec doctor target.toml");
    assert_eq!(ran.stdout.matches(said).count(), 2, "{}", ran.said());
    assert!(ran.stdout.contains(doctor), "{}", ran.said());
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
    let undecided = ran.cases().iter().filter(|it| it["verdict"] == "inconclusive").count();
    assert!(undecided > 50, "{}", ran.said());
}

#[test]
fn waiting_has_an_end() {
    let setup = Setup::twisted(|ask: &Ask, answer| match ask.path.as_str() {
        "/token" => answer_of(429, &[("retry-after", "1")], "later"),
        _ => answer,
    });
    let ran = tried(setup, &["--max-wait", "2s"]);
    assert!(ran.took < Duration::from_secs(20), "{:?}", ran.took);
    let told = ran.cases().iter().filter(|it| explanation(it).contains("--max-wait")).count();
    assert!(told > 30, "{}", ran.said());
    assert_verdict(&ran, "codes/replayed@web", "inconclusive", "");
}

/// A gateway that answers instead of the server from that request on.
fn blocking(after: usize, status: u16, page: &'static str) -> Setup {
    let count = AtomicUsize::new(0);
    Setup::twisted(move |ask: &Ask, answer| {
        let blocks = count.fetch_add(1, Ordering::Relaxed) >= after;
        if blocks && !ask.path.contains(".well-known") { html(status, page) } else { answer }
    })
}

#[test]
fn a_gateway_that_begins_to_block_makes_nothing_red_or_green() {
    let sound = tried(Setup::default(), &["--jobs", "1"]);
    for (after, status, page) in [
        (40, 403, "<p>Request blocked"),
        (100, 404, "<p>This request cannot be answered."),
        (100, 200, "<p>Please wait"),
        (130, 403, "<p>Request blocked"),
    ] {
        let ran = tried(blocking(after, status, page), &["--jobs", "1"]);
        let cases = ran.cases();
        for case in &cases {
            let verdict = case["verdict"].as_str().unwrap();
            assert!(!["fail", "warn"].contains(&verdict), "{case:#?}\n{}", ran.said());
        }
        assert!(ran.stdout.contains("began to block after about"), "{}", ran.said());
        // What passed was answered by the server itself.
        for case in cases.iter().filter(|it| it["verdict"] == "pass") {
            let file = format!("evidence/fake/{}.json", case["id"].as_str().unwrap());
            let evidence = std::fs::read_to_string(ran.folder.path().join(&file)).unwrap();
            let said = page.trim_start_matches("<p>");
            assert!(!evidence.contains(said), "{file}: {}", ran.said());
        }
        // What was done before took a request for each case at least; metadata are not blocked.
        let is_blocked =
            |case: &&serde_json::Value| !case["id"].as_str().unwrap().contains("metadata");
        let passed = cases.iter().filter(is_blocked).filter(|it| it["verdict"] == "pass").count();
        assert!(passed <= after, "{passed} of {} pass\n{}", sound.cases().len(), ran.said());
    }
}

#[test]
fn a_gateway_that_blocks_every_third_request_makes_nothing_red() {
    let setup = {
        let count = AtomicUsize::new(0);
        Setup::twisted(move |ask: &Ask, answer| {
            let is_asked = !ask.path.contains(".well-known");
            let blocks = is_asked && count.fetch_add(1, Ordering::Relaxed) % 3 == 2;
            if blocks { html(403, "<p>Request blocked") } else { answer }
        })
    };
    let ran = tried(setup, &[]);
    for case in ran.cases() {
        let verdict = case["verdict"].as_str().unwrap();
        assert!(!["fail", "warn"].contains(&verdict), "{case:#?}\n{}", ran.said());
    }
}
