//! Requests that are sent at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fake::{Ask, Setup, answer_of};
use crate::{assert_verdict, refusing, tried};

const RACE: &str = "races/code@native";

#[test]
fn one_winner_is_enough_whatever_the_others_are_told() {
    for status in [400, 409, 429, 500, 503] {
        let setup = refusing("/token", move || answer_of(status, &[], "too late"));
        assert_verdict(&tried(setup, &[RACE]), RACE, "pass", "");
    }
}

#[test]
fn where_nobody_wins_nothing_was_raced_for() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let is_valid_flow = ask.path != "/token" || count.fetch_add(1, Ordering::Relaxed) == 0;
        let no = || answer_of(400, &[("content-type", "application/json")], NO);
        if is_valid_flow { answer } else { no() }
    });
    assert_verdict(&tried(setup, &[RACE]), RACE, "inconclusive", "none was granted");
}

const NO: &str = r#"{"error":"invalid_grant"}"#;
