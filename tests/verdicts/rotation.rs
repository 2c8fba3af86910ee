//! Keys that the operator rotates, or means to.

use honest::Config;

use super::assert_verdict;
use crate::built_in::tried;

/// Asserts what becomes of a case if the target file says to rotate keys like this.
#[track_caller]
fn assert_rotated(how: &str, verdict: &str, why: &str) {
    let change = |target: &str| {
        let lines = target.lines().map(|line| match line.starts_with("rotate_keys") {
            true => format!("rotate_keys = '{how}'"),
            false => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let ran = tried(Config::default(), change, &["--ruleset", "oidc", "key-rotation/"]);
    assert_verdict(&ran, "key-rotation/old-key-kept", verdict, why);
    assert!(!ran.said().contains("hidden"), "{}", ran.said());
}

#[test]
fn a_command_that_fails_makes_nothing_green() {
    let command = "token=hidden; echo no key >&2; exit 3";
    assert_rotated(command, "inconclusive", "ended with exit status: 3: no key");
}

#[test]
fn a_command_that_rotates_nothing_makes_nothing_green() {
    assert_rotated("true", "inconclusive", "signed with the same key as before");
}

#[test]
fn an_address_that_nobody_answers_at_makes_nothing_green() {
    assert_rotated("http://127.0.0.1:9/hidden", "inconclusive", "there was no answer");
}

#[test]
fn a_command_knows_the_issuer_and_the_folder() {
    let command =
        "test -f target.toml && curl --fail --silent -X POST $AUTHSPEC_ISSUER/rotate-keys";
    assert_rotated(command, "pass", "");
}
