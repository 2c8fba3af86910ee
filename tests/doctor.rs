//! `authspec doctor`: what goes wrong for newcomers, told one by one.

use std::process::Command;

use honest::{Config, Honest, Reserved};
use tokio::runtime::Runtime;

/// What is said of the target file of a server of ours, after this change to it.
fn said(change: impl Fn(String) -> String) -> (String, Option<i32>) {
    said_in(&[], change)
}

/// The same where the environment has these variables too.
fn said_in(
    environment: &[(&str, &str)],
    change: impl Fn(String) -> String,
) -> (String, Option<i32>) {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let text = honest::target_file(port.port(), 8765);
    let _server = runtime.block_on(async { Honest::start_on(port, Config::default()) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), change(text)).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["doctor", "target.toml", "--agent", "forms"])
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap();
    (String::from_utf8_lossy(&run.stdout).into_owned(), run.status.code())
}

#[track_caller]
fn assert_wrong(change: impl Fn(String) -> String, step: &str, advice: &str) {
    let (said, code) = said(change);
    let mut lines = said.lines().skip_while(|line| !line.starts_with("wrong "));
    assert!(lines.next().is_some_and(|line| line.contains(step)), "{said}");
    assert!(lines.next().is_some_and(|line| line.contains(advice)), "{said}");
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn a_client_that_pushes() {
    let (said, code) =
        said(|text| text.replace("\nauth = \"none\"", "\nrequest = \"pushed\"\nauth = \"none\""));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok    native push                  201, for 60 s"), "{said}");
}

#[test]
fn a_push_that_is_refused() {
    let pushes =
        |text: String| text.replace("\nauth = \"none\"", "\nrequest = \"pushed\"\nauth = \"none\"");
    let change = |text| pushes(text).replace("/callback/native", "/callback/unknown");
    let advice = "register exactly this redirect URI for the client";
    assert_wrong(change, "native authorize", advice);
}

#[test]
fn a_target_that_is_well() {
    let (said, code) = said(|text| text);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("wrong "), "{said}");
    for line in ["file", "discovery", "tls", "web redirect URI", "native sign-in", "native consent"]
    {
        assert!(said.contains(&format!("ok    {line} ")), "{line}: {said}");
    }
    for line in [
        "web token",
        "web userinfo",
        "web refresh",
        "web introspect",
        "web revoke",
        "native revoke",
        "service client_credentials",
        "with-key token",
        "with-shared-key client_credentials",
        "jwks_uri",
        "registration_endpoint",
    ] {
        assert!(said.contains(&format!("ok    {line} ")), "{line}: {said}");
    }
    assert!(said.ends_with("all is well: `authspec run target.toml`\n"), "{said}");
}

#[test]
fn a_machine_that_trusts_nobody() {
    let nobody = [("SSL_CERT_FILE", "nowhere.pem"), ("SSL_CERT_DIR", "nowhere")];
    let (said, code) = said_in(&nobody, |text| text);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_wrong_secret() {
    let secret = "portal-secret-for-tests";
    assert_wrong(|text| text.replace(secret, "another"), "portal token", "correct `secret`");
    let (said, _) = said(|text| text.replace(secret, "another-secret-of-the-portal"));
    assert!(said.contains("-     portal userinfo"), "{said}");
    assert!(!said.contains("another-secret-of-the-portal"), "{said}");
}

#[test]
fn a_key_that_is_not_registered() {
    // The other client's key.
    let other = |text: String| {
        let keys = |text: &str, client: &str| {
            let table = text.split(&format!("[client.{client}]")).nth(1).unwrap().to_owned();
            table.lines().find(|line| line.starts_with("keys = ")).unwrap().to_owned()
        };
        text.replace(&keys(&text, "with-key"), &keys(&text, "with-other-key"))
    };
    assert_wrong(other, "with-key token", "register the public key `second` for the client");
    let (said, _) = said(other);
    assert!(said.contains("takes assertions for its token endpoint only"), "{said}");
    assert!(!said.contains("\"d\""), "{said}");
}

#[test]
fn a_request_object_that_is_signed_with_another_key() {
    let signs = |text: String| {
        let table = "[client.with-key]\nid = \"with-key\"\n";
        text.replace(table, &format!("{table}request = \"object\"\n"))
    };
    let (said, code) = said(signs);
    assert_eq!(code, Some(0), "{said}");
    let other = |text: String| {
        let keys = |client: &str| {
            let table = text.split(&format!("[client.{client}]")).nth(1).unwrap().to_owned();
            table.lines().find(|line| line.starts_with("keys = ")).unwrap().to_owned()
        };
        signs(text.replace(&keys("with-key"), &keys("with-other-key")))
    };
    let advice = "register the public key of the client, which `authspec keys FILE` prints";
    assert_wrong(other, "with-key authorize", advice);
}

#[test]
fn a_wrong_password() {
    let wrong = |text: String| text.replace("alice-drinks-tea", "alice-drinks-coffee");
    let (said, code) = said(wrong);
    assert!(said.contains("wrong native authorize"), "{said}");
    assert!(!said.contains("alice-drinks-coffee"), "{said}");
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn a_redirect_uri_that_is_not_registered() {
    let other = |text: String| text.replace("/callback/native\"", "/callback/nobody\"");
    assert_wrong(other, "native authorize", "register exactly this redirect URI for the client");
}

#[test]
fn a_server_that_is_not_there() {
    let gone = |text: String| {
        let port = text.split("127.0.0.1:").nth(1).unwrap();
        let port = port.split(['"', '/']).next().unwrap().to_owned();
        text.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:9")
    };
    assert_wrong(gone, "discovery", "check that the server is running");
}

#[test]
fn an_issuer_that_is_another() {
    let slash = |text: String| text.replacen("\"\nrotate_keys", "/\"\nrotate_keys", 1);
    assert_wrong(slash, "discovery", "correct the target file");
}

/// The file that the README showed once: one client, which leaves most cases untried.
const ONE_CLIENT: &str = "name = \"one\"\nissuer = \"ISSUER\"\nscope = \"openid profile\"\n\n\
    [client.portal]\nid = \"portal\"\nauth = \"client_secret_post\"\nsecret = \"portal-secret-for-tests\"\n\
    redirect_uris = [\"http://127.0.0.1:8765/callback/portal\"]\n\n[user.alice]\npassword = \"alice-drinks-tea\"\n";

#[test]
fn what_would_make_more_cases_possible_is_counted() {
    let one = |text: String| {
        let issuer = text.split("issuer = \"").nth(1).and_then(|rest| rest.split('"').next());
        ONE_CLIENT.replace("ISSUER", issuer.unwrap())
    };
    let (said, code) = said(one);
    assert_eq!(code, Some(0), "{said}");
    let count = |what: &str| -> usize {
        let line =
            said.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{said}"));
        line.trim_start_matches([' ', '+']).split(' ').next().unwrap().parse().unwrap()
    };
    assert!(count("a public client: `auth = \"none\"`") > 20, "{said}");
    assert!(count("refresh tokens: `\"refresh_token\"`") > 20, "{said}");
    assert!(count("a second user: another `[user.NAME]`") > 2, "{said}");
    // It does not have these grants, as its metadata says.
    assert!(!said.contains("implicit grant") && !said.contains("password grant"), "{said}");
    assert!(said.ends_with("all is well: `authspec run target.toml`\n"), "{said}");
}

/// A target with one client alone is judged by what that client can show, and by nothing else.
#[test]
fn one_client_is_no_reason_for_a_failure() {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let issuer = format!("http://127.0.0.1:{}", port.port());
    let _server = runtime.block_on(async { Honest::start_on(port, Config::default()) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = ONE_CLIENT.replace("ISSUER", &issuer);
    std::fs::write(folder.path().join("target.toml"), text).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_authspec"));
    let words = ["run", "target.toml", "parameters", "client-authentication", "--agent", "forms"];
    let output = run.args(words).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// What the doctor has consented to and given back changes nothing for a run.
#[test]
fn a_run_after_it_says_what_it_would_have_said() {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let text = honest::target_file(port.port(), 8765);
    let _server = runtime.block_on(async { Honest::start_on(port, Config::default()) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), text).unwrap();
    let authspec = |words: &[&str]| {
        let mut authspec = Command::new(env!("CARGO_BIN_EXE_authspec"));
        authspec.args(words).args(["target.toml", "--agent", "forms"]).current_dir(folder.path());
        let output = authspec.output().unwrap();
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
    };
    assert_eq!(authspec(&["doctor"]).1, Some(0));
    let (said, code) = authspec(&["run", "consent", "sign-in"]);
    assert!(code == Some(0) && !said.contains("inconclusive"), "{said}");
}

#[test]
fn what_is_no_target_file_is_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    for word in ["https://as.example", "pkce", "acme.tml"] {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_authspec"));
        let output = doctor.args(["doctor", word]).current_dir(folder.path()).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{word}");
    }
}
