//! What `authspec explain` says, for a case of each kind of change and for an invariant.

use std::process;

use authspec::cli::{Cli, Command, explain};
use clap::Parser;

fn explained(id: &str) -> String {
    let run = process::Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["explain", id])
        .output()
        .expect("the program runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    // The line on which a case stands is that of the day.
    let (head, rest) = said.split_once('\n').expect("more than one line");
    let (place, line) = head.rsplit_once(':').expect("the file and the line");
    assert!(line.parse::<usize>().is_ok(), "{head}");
    format!("{place}:LINE\n{rest}")
}

fn assert_golden(id: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(id.replace(['/', '@'], "-"), explained(id)));
}

#[test]
fn a_parameter_with_another_value() {
    assert_golden("pkce/wrong-verifier");
}

#[test]
fn parameters_left_out() {
    assert_golden("pkce/required-for-public");
}

#[test]
fn a_parameter_sent_twice() {
    assert_golden("redirect-uri/repeated");
}

#[test]
fn characters_that_a_terminal_would_obey() {
    let said = explained("redirect-uri/null-byte");
    assert!(said.contains("[redirect_uri]\\u{0}.attacker.example"), "{said}");
    assert!(!said.contains('\0'), "{said}");
}

#[test]
fn another_client() {
    assert_golden("client-authentication/refresh-by-another-client@web");
}

#[test]
fn another_authentication() {
    assert_golden("client-authentication/missing-secret");
}

#[test]
fn an_invariant() {
    assert_golden("always/state");
}

/// Whatever the change, what is sent can be shown; and each says why it matters and what to do.
#[test]
fn every_case_is_explained() {
    let suites = authspec::suite::embedded().expect("the suites are sound");
    for id in suites.ids() {
        let Some(Command::Explain(args)) = Cli::parse_from(["authspec", "explain", id]).command
        else {
            panic!("{id} is no case");
        };
        let mut said = Vec::new();
        explain(&args, &mut said).unwrap_or_else(|wrong| panic!("{id}: {wrong:?}"));
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("\nnot sent"), "{said}");
        for part in ["expected", "why", "fix"] {
            assert!(said.contains(&format!("\n{part}\n")), "no `{part}`: {said}");
        }
    }
}

/// Whoever asks what a case does need not have the secrets of the target file.
#[test]
fn variables_of_the_environment_need_not_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.toml");
    let target = r#"
        name   = "example"
        issuer = "http://127.0.0.1:{port}"

        [client.web]
        id            = "web"
        auth          = "client_secret_basic"
        secret        = "env:AUTHSPEC_TEST_UNSET_SECRET"
        redirect_uris = ["http://127.0.0.1:{callback.port}/callback"]

        [user.alice]
        password = "env:AUTHSPEC_TEST_UNSET_PASSWORD"
    "#;
    std::fs::write(&file, target).unwrap();
    let run = process::Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["explain", "client-authentication/wrong-secret-in-header"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!said.contains("AUTHSPEC_TEST_UNSET"), "{said}");
}
