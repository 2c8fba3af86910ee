//! Cases that let time pass, during which others run.

use honest::{Allowance, Config, Defect};

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// Cases about how long ago the user signed in.
const CASES: &[&str] =
    &["--ruleset", "oidc", "reauthentication/", "prompt/", "id-token-claims/", "id-token-refresh/"];

/// A run of these cases on a server of ours whose users have one session.
fn tried(defect: Option<Defect>) -> Ran {
    let config = Config { allows: vec![Allowance::OneSession], ..built_in::with(defect) };
    built_in::tried(config, str::to_owned, CASES)
}

/// Each sign-in ends the sessions of cases that wait.
#[test]
fn a_sound_server_whose_users_have_one_session_passes() {
    let ran = tried(None);
    assert_clean(&ran);
    assert_verdict(&ran, "reauthentication/max-age-passed", "pass", "");
    assert_verdict(&ran, "prompt/same-time-within-max-age", "pass", "");
}

/// A session that ended for another reason also makes the server ask for the password.
#[test]
fn a_session_that_ended_is_not_taken_for_one_that_is_too_old() {
    let ran = tried(Some(Defect::IgnoresMaxAge));
    assert_verdict(&ran, "reauthentication/max-age-passed", "fail", "");
}
