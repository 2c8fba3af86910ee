//! Pages by which people sign in and give consent, as servers have them: each is got through, and what was
//! clicked is told.

use std::path::Path;
use std::process::Command;

use honest::{Config, Honest, LoginStyle, Reserved, SecondFactor};
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
    let agent = if words.contains(&"--agent") { &[][..] } else { &["--agent", "forms"] };
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(words)
        .arg("target.toml")
        .args(agent)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_told_nothing(&folder.path().join("target/evidence"));
    let said = [run.stdout, run.stderr].concat();
    format!("{}{}", String::from_utf8_lossy(&said), run.status)
}

/// Evidence has neither secrets of users nor their one-time codes.
fn assert_told_nothing(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            assert_told_nothing(&path);
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let codes = text
            .split("otp=")
            .skip(1)
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        assert_eq!(codes.count(), 0, "{}: {text}", path.display());
        for secret in ["alice-drinks-tea", "GEZDGNBVGY3TQOJQ"] {
            assert!(!text.contains(secret), "{}: {text}", path.display());
        }
    }
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

/// The line by which a target file gives alice's one-time codes.
const OTP: &str = "[user.alice]\notp = \"otpauth://totp/honest:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                   &algorithm=SHA256&digits=8&period=1\"\n";

fn one_time_codes() -> LoginStyle {
    let second_factor = Some(SecondFactor::OneTimeCode);
    LoginStyle { second_factor, code_period: 1, ..LoginStyle::default() }
}

/// Codes are taken once, and several are needed within their second.
#[test]
fn one_time_codes_on_a_page_of_their_own() {
    for agent in ["forms", "browser"] {
        let cases = ["sign-in/redirect-by-303", "sign-in/planted-session"];
        let words = ["run", cases[0], cases[1], "--ruleset", "oidc", "--agent", agent];
        let said = said(&words, one_time_codes(), |text| text.replace("[user.alice]\n", OTP));
        assert!(said.ends_with("exit status: 0"), "{agent}: {said}");
    }
}

#[test]
fn a_page_that_asks_for_what_the_target_file_has_not() {
    let said = said(&["doctor"], one_time_codes(), |text| text);
    let wrong = "a page asks alice for a one-time code";
    let advice = "write `otp = \"env:ALICE_OTP\"` below `[user.alice]`";
    assert!(said.contains(wrong) && said.contains(advice), "{said}");
}

#[test]
fn a_secret_of_somebody_else() {
    let wrong = OTP.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U");
    let said = said(&["doctor"], one_time_codes(), |text| text.replace("[user.alice]\n", &wrong));
    assert!(said.contains("the one-time codes of alice were refused"), "{said}");
    assert!(!said.contains("MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"), "{said}");
}

#[test]
fn a_sign_in_at_another_origin() {
    assert_works(LoginStyle { elsewhere: true, ..LoginStyle::default() });
}

/// One is registered at the first sign-in, and used at the next.
#[test]
fn a_passkey_beside_the_password() {
    let passkeys =
        || LoginStyle { second_factor: Some(SecondFactor::Passkey), ..LoginStyle::default() };
    let at_localhost =
        |text: String| text.replace("issuer = \"http://127.0.0.1", "issuer = \"http://localhost");
    let with = |text: String| {
        at_localhost(text).replace("[user.alice]\n", "[user.alice]\npasskey = \"new\"\n")
    };
    let words = ["run", "sign-in/redirect-by-303", "--ruleset", "oidc", "--agent", "hybrid"];
    let told = said(&words, passkeys(), with);
    assert!(told.ends_with("exit status: 0"), "{told}");
    let told = said(&["doctor"], passkeys(), at_localhost);
    assert!(told.contains("write `passkey = \"new\"` below `[user.alice]`"), "{told}");
}
