//! Servers that ask to wait, and a client that does.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::Response;

use super::{assert_verdict, tried};
use crate::command::Ran;
use crate::fake::{Ask, Setup, answer_of};

const CASES: &[&str] = &["pkce/wrong-verifier@web", "codes/replayed@web"];

/// A server that asks to wait so long, instead of what it would have answered to every so manieth
/// request that fits. It has taken the request all the same: that is the worst case.
fn asking(
    fits: impl Fn(&Ask) -> bool + Send + Sync + 'static,
    every: usize,
    status: u16,
    wait: &'static str,
) -> Setup {
    let count = AtomicUsize::new(0);
    Setup::twisted(move |ask: &Ask, answer: Response| {
        let is_asked = fits(ask) && count.fetch_add(1, Ordering::Relaxed).is_multiple_of(every);
        if is_asked { answer_of(status, &[("retry-after", wait)], "later") } else { answer }
    })
}

fn waits(ran: &Ran) -> u64 {
    let text = std::fs::read_to_string(ran.folder.path().join("results.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["waits"].as_u64().unwrap()
}

#[test]
fn who_waits_sees_what_there_is_to_see() {
    for (status, wait) in [(429, "0"), (429, "Sun, 06 Nov 1994 08:49:37 GMT"), (503, "0")] {
        for path in ["/token", "/authorize"] {
            // A request that is sent again would be a second use of a code.
            let ran = tried(asking(move |ask| ask.path == path, 3, status, wait), CASES);
            CASES.iter().for_each(|case| assert_verdict(&ran, case, "pass", ""));
            assert!(waits(&ran) > 0, "{}", ran.said());
            assert!(ran.stdout.contains("the run waited"), "{}", ran.said());
        }
    }
}

#[test]
fn a_server_is_found_though_it_asks_to_wait() {
    let ran = tried(asking(|ask| ask.path.contains("well-known"), 2, 429, "0"), CASES);
    CASES.iter().for_each(|case| assert_verdict(&ran, case, "pass", ""));
}

#[test]
fn nobody_waits_for_ever() {
    for wait in ["0", "3600"] {
        let ran = tried(asking(|ask| ask.path == "/token", 1, 429, wait), CASES);
        let why = format!("429, and asked to wait for {wait} s");
        CASES.iter().for_each(|case| assert_verdict(&ran, case, "inconclusive", &why));
        assert_eq!(ran.code, Some(3), "{}", ran.said());
    }
}

#[test]
fn a_race_in_which_some_were_to_wait_was_none() {
    const RACE: &str = "races/code@native";
    let of_refusals = |_: &Ask, answer: Response| match answer.status().as_u16() {
        400.. => answer_of(429, &[("retry-after", "0")], "later"),
        _ => answer,
    };
    let ran = tried(Setup::twisted(of_refusals), &[RACE]);
    assert_verdict(&ran, RACE, "inconclusive", "429, and asked to wait");
}
