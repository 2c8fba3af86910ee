//! What a case would pass for another reason than the one that it is about.

use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use crate::assert_verdict;
use crate::command::Ran;

/// Runs cases against the embedded server with this defect.
fn embedded(defect: &str, words: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "--agent", "forms", "--defect", defect, "--results", "results.json"])
        .args(["--evidence", "evidence", "--snapshot-dir", "snapshots"])
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("all we print is text");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let took = start.elapsed();
    Ran { code: output.status.code(), stdout, stderr, took, peak: 0, folder }
}

#[test]
fn the_last_of_two_values_is_no_better_than_the_first() {
    let words = ["parameters/repeated-verifier", "redirect-uri/repeated"];
    let ran = embedded("takes-last-of-each", &words);
    for case in words {
        assert_verdict(&ran, case, "fail", "");
    }
}

#[test]
fn a_code_that_only_its_verifier_protects_is_found() {
    let ran = embedded("redeems-without-verifier", &["codes/replayed", "codes/unknown"]);
    for case in ["codes/replayed@native", "codes/replayed@web", "codes/unknown"] {
        assert_verdict(&ran, case, "fail", "200");
    }
}

#[test]
fn that_a_token_lives_proves_nothing_where_none_ever_dies() {
    let ran = embedded("ignores-revocation", &["revocation/token-"]);
    let why = "proves nothing";
    assert_verdict(&ran, "revocation/token-survives-missing-secret", "not-applicable", why);
    assert_verdict(&ran, "revocation/token-of-another-client@web", "not-applicable", why);
    let ran = embedded("keeps-access-token-after-replay", &["codes/invalid-replay"]);
    assert_verdict(&ran, "codes/invalid-replay-revokes-nothing", "not-applicable", why);
}

#[test]
fn who_was_signed_out_by_another_case_is_signed_in_again() {
    let ran = embedded("renews-sessions-only", &["--ruleset", "oidc", "sign-in/"]);
    assert_verdict(&ran, "sign-in/max-age-of-nought", "warn", "");
    assert_verdict(&ran, "sign-in/prompt-none-with-session", "pass", "");
}

#[test]
fn another_registered_redirect_uri_is_not_that_of_the_code() {
    let case = "redirect-uri/another-of-the-client-at-token";
    let ran = embedded("checks-registration-at-token", &[case]);
    assert_verdict(&ran, &format!("{case}@native"), "fail", "200");
}

#[test]
fn an_unregistered_redirect_uri_is_tried_beside_each_response_type() {
    let case = "redirect-uri/unregistered-in-pairs";
    let ran = embedded("answers-hybrids-anywhere", &[case]);
    assert_verdict(&ran, &format!("{case}@native"), "fail", "attacker.example");
}
