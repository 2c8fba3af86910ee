//! Servers that answer as servers do, and what is said of them: never red where the server is not at
//! fault, never green where nothing was seen.

#[path = "verdicts/answers.rs"]
mod answers;
#[path = "verdicts/control.rs"]
mod control;
#[path = "verdicts/crash.rs"]
mod crash;
#[path = "verdicts/flaky.rs"]
mod flaky;
#[path = "verdicts/front.rs"]
mod front;
#[path = "verdicts/modes.rs"]
mod modes;
#[path = "verdicts/network.rs"]
mod network;
#[path = "verdicts/pages.rs"]
mod pages;
#[path = "verdicts/polite.rs"]
mod polite;
#[path = "verdicts/pushed.rs"]
mod pushed;
#[path = "verdicts/race.rs"]
mod race;
#[path = "verdicts/reds.rs"]
mod reds;
#[path = "verdicts/rotation.rs"]
mod rotation;
#[path = "verdicts/same.rs"]
mod same;
#[path = "verdicts/shared.rs"]
mod shared;
#[path = "verdicts/stand_in.rs"]
mod stand_in;
#[path = "verdicts/token.rs"]
mod token;
#[path = "verdicts/twins.rs"]
mod twins;

use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup};
use axum::response::Response;
use serde_json::Value;

/// A twist of what one endpoint answers when it refuses.
fn refusing(path: &'static str, instead: impl Fn() -> Response + Send + Sync + 'static) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| {
        let refuses = answer.status().as_u16() >= 400
            || location(&answer).is_some_and(|location| location.contains("error="));
        if ask.path == path && refuses { instead() } else { answer }
    })
}

fn location(answer: &Response) -> Option<&str> {
    answer.headers().get("location")?.to_str().ok()
}

/// Tries the cases on the server, and returns what `results.json` says of them.
fn tried(setup: Setup, words: &[&str]) -> Ran {
    authspec(&Fake::start(setup).target(), words)
}

/// Asserts the verdict on a case, and part of what explains it: its reason, or what was seen.
#[track_caller]
pub(crate) fn assert_verdict(ran: &Ran, case: &str, verdict: &str, why: &str) {
    let cases = ran.cases();
    let found = cases.iter().find(|it| it["id"] == case);
    let found = found.unwrap_or_else(|| panic!("no {case} in {cases:#?}\n{}", ran.said()));
    let explained = explanation(found);
    let is_right = found["verdict"] == verdict && explained.contains(why);
    assert!(is_right, "{case} is {}: {explained}\nnot {verdict}: {why}", found["verdict"]);
}

/// Asserts that whatever was tried passed.
#[track_caller]
pub(crate) fn assert_clean(ran: &Ran) {
    let wrong: Vec<_> = ran
        .cases()
        .into_iter()
        .filter(|it| it["verdict"] != "pass" && it["verdict"] != "not-applicable")
        .map(|it| format!("{} {}: {}", it["id"], it["verdict"], explanation(&it)))
        .collect();
    assert!(wrong.is_empty() && ran.code == Some(0), "{wrong:#?}\n{}", ran.said());
}

fn explanation(case: &Value) -> String {
    let texts = [&case["reason"], &case["findings"][0]["actual"]];
    let texts: Vec<_> = texts.into_iter().filter_map(Value::as_str).collect();
    texts.join(": ")
}

#[test]
fn the_server_of_the_tests_is_sound() {
    let ran = tried(Setup::default(), &[]);
    assert_clean(&ran);
    let passed = ran.cases().iter().filter(|it| it["verdict"] == "pass").count();
    assert!(passed > 50, "only {passed} cases passed");
}
