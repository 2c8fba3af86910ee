//! Keys that the operator rotates, or means to.

use honest::Config;

use super::assert_verdict;
use crate::built_in::tried;
use crate::command::Ran;

const KEPT: &str = "key-rotation/old-key-kept";

/// What becomes of the cases if the target file says this.
fn rotated_by(how: &str) -> Ran {
    let change = |target: &str| {
        let lines = target.lines().map(|line| match line.starts_with("rotate_keys") {
            true => format!("rotate_keys = '{how}'"),
            false => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    tried(Config::default(), change, &["--ruleset", "oidc", "key-rotation/"])
}

#[test]
fn a_command_that_fails_makes_nothing_green() {
    let ran = rotated_by("echo no key >&2; exit 3");
    assert_verdict(&ran, KEPT, "inconclusive", "ended with exit status: 3: no key");
}

#[test]
fn a_command_that_rotates_nothing_makes_nothing_green() {
    let ran = rotated_by("true");
    assert_verdict(&ran, KEPT, "inconclusive", "signed with the same key as before");
}

#[test]
fn a_server_that_refuses_to_rotate_makes_nothing_green() {
    let ran = rotated_by("http://127.0.0.1:9/rotate");
    assert_verdict(&ran, KEPT, "inconclusive", "did not answer");
}

#[test]
fn a_command_knows_the_issuer_and_the_folder() {
    let ran = rotated_by(
        "test -f target.toml && curl --fail --silent -X POST $AUTHSPEC_ISSUER/rotate-keys",
    );
    assert_verdict(&ran, KEPT, "pass", "");
}
