//! Requests that are sent at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{assert_verdict, refusing, tried};
use crate::fake::{Ask, Setup, answer_of};

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

/// A race of two in eight rounds.
const ROUNDS: &str = r#"
title  = "Rounds"
steps  = ["authorize", "token"]
client = "native"

[[requirement]]
cite = "RFC6749 §4.1.2"
must = "A code MUST NOT be used more than once."

[requirement.case.code]
when.token.parallel = 2
then.token          = { granted_at_most = 1 }
rounds              = 8
"#;

#[test]
fn a_race_that_is_lost_in_one_round_of_many_is_lost() {
    let suites = tempfile::tempdir().unwrap();
    std::fs::write(suites.path().join("rounds.toml"), ROUNDS).unwrap();
    for (round, verdict, rounds) in [(1, "fail", 1), (3, "fail", 3), (8, "fail", 8), (9, "pass", 8)]
    {
        // The valid flow's, and one of each round.
        let codes = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = Arc::clone(&codes);
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let mut codes = seen.lock().unwrap();
            if ask.path == "/token" {
                codes.insert(ask.get("code").to_owned());
            }
            let is_lost = ask.path == "/token" && codes.len() == 1 + round;
            if is_lost {
                answer_of(200, &[("content-type", "application/json")], YES)
            } else {
                answer
            }
        });
        let ran = tried(setup, &["--suites", suites.path().to_str().unwrap()]);
        assert_verdict(&ran, "rounds/code", verdict, "");
        assert_eq!(codes.lock().unwrap().len(), 1 + rounds);
    }
}

const YES: &str = r#"{"access_token":"one-more","token_type":"Bearer"}"#;

#[test]
fn a_pass_says_how_sure_it_is_and_a_loss_is_told_without_a_count() {
    let ran = tried(Setup::default(), &[RACE]);
    assert_verdict(&ran, RACE, "pass", "in 26 rounds; a server that loses one in 9");
    assert_eq!(ran.cases()[0]["rounds"], 26);
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let json = [("content-type", "application/json")];
        if ask.path == "/token" { answer_of(200, &json, YES) } else { answer }
    });
    let ran = tried(setup, &[RACE]);
    assert_verdict(&ran, RACE, "fail", "more than 1 of 4 requests granted");
}

#[test]
fn the_rounds_of_all_clients_count_together() {
    let ran = tried(Setup::default(), &["races/code"]);
    let cases = ran.cases();
    let raced: Vec<_> =
        cases.iter().filter(|it| it["id"].as_str().unwrap().contains('@')).collect();
    let rounds: u64 = raced.iter().filter_map(|it| it["rounds"].as_u64()).sum();
    assert!(raced.len() > 1 && rounds == 26, "{rounds} rounds of {} clients", raced.len());
    for case in raced {
        assert_verdict(&ran, case["id"].as_str().unwrap(), "pass", "with a confidence of 95 %");
    }
    assert!(!ran.said().contains("not sure"), "{}", ran.said());
}

#[test]
fn few_rounds_say_nothing_where_another_client_lost_one() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let loses = ask.path == "/token" && ask.authorization.is_some();
        let json = [("content-type", "application/json")];
        if loses { answer_of(200, &json, YES) } else { answer }
    });
    // One after the other: who comes second has the rest of the rounds.
    let ran = tried(setup, &["--jobs", "1", RACE, "races/code@web"]);
    assert_verdict(&ran, "races/code@web", "fail", "more than 1 of 4 requests granted");
    assert_verdict(&ran, RACE, "inconclusive", "a race was lost as another client");
}
