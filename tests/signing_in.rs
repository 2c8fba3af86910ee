//! Pages by which people sign in and give consent, as servers have them: each is got through, and what was
//! clicked is told.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::process::Command;

use honest::{Config, Honest, LoginStyle, Reserved};
use tokio::runtime::Runtime;

/// What `authspec` says of a server whose pages are like this.
fn said(words: &[&str], login: LoginStyle, change: impl Fn(String) -> String) -> String {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let callback = Reserved::new(0).unwrap();
    let text = honest::target_file(port.port(), callback.port());
    let config = Config { login, callback_port: callback.port(), ..Config::default() };
    let _server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), change(text)).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(words)
        .args(["target.toml", "--agent", "forms"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    format!("{}{}", String::from_utf8_lossy(&said), run.status)
}

/// A case that needs consent, one that refuses it, and one that asks to sign in again.
const RUN: &[&str] = &[
    "run",
    "pkce/wrong-verifier@web",
    "consent/refused@web",
    "sign-in/redirect-by-303",
    "--ruleset",
    "oidc",
];

#[track_caller]
fn assert_works(login: LoginStyle) {
    let told = format!("{login:?}");
    let said = said(RUN, login, |text| text);
    assert!(said.ends_with("exit status: 0"), "{told}: {said}");
}

#[test]
fn pages_in_many_languages() {
    for language in LoginStyle::languages() {
        assert_works(LoginStyle { language: Some(language), ..LoginStyle::default() });
    }
}

#[test]
fn what_was_clicked_is_told() {
    let login = LoginStyle { language: Some("de"), ..LoginStyle::default() };
    let said = said(&["doctor"], login, |text| text);
    assert!(said.contains("clicked “Anmelden”, “Zulassen”\n"), "{said}");
}

#[test]
fn a_password_that_is_asked_for_on_a_page_of_its_own() {
    assert_works(LoginStyle { in_two_pages: true, ..LoginStyle::default() });
}

#[test]
fn a_password_whose_field_is_one_of_text() {
    assert_works(LoginStyle { open_password: true, ..LoginStyle::default() });
}
