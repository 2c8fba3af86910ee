//! Clients that push their authorization requests (RFC9126): every case runs on them, and what a
//! refusal of the push proves.

use std::process::Command;

use honest::{Config, Defect, Honest, Reserved};
use tokio::runtime::Runtime;

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours with this defect, all of whose clients push.
fn tried(defect: Option<Defect>, words: &[&str]) -> Ran {
    let push = |target: &str| target.replace("\nauth = ", "\nrequest = \"pushed\"\nauth = ");
    built_in::tried(built_in::with(defect), push, words)
}

#[test]
fn a_sound_server_passes() {
    let ran = tried(None, &["redirect-uri/", "issuer/", "parameters/", "consent/", "pkce/"]);
    assert_clean(&ran);
    assert_verdict(&ran, "redirect-uri/unregistered-host@web", "pass", "");
    assert_verdict(&ran, "pkce/wrong-verifier@with-key", "pass", "");
    let why = "so that there is no authorization response";
    assert_verdict(&ran, "issuer/on-error", "not-applicable", why);
    let why = "client_id also says who pushes";
    assert_verdict(&ran, "parameters/repeated-client-id", "not-applicable", why);
}

/// A client that authenticates may push a redirect URI that is not registered (RFC9126 §2.4); one
/// that does not may not.
#[test]
fn a_new_redirect_uri_is_for_clients_that_authenticate() {
    let ran = tried(Some(Defect::AcceptsAnyRedirectUri), &["redirect-uri/unregistered-host"]);
    assert_verdict(&ran, "redirect-uri/unregistered-host@native", "fail", "");
    let why = "as RFC9126 §2.4 allows";
    assert_verdict(&ran, "redirect-uri/unregistered-host@web", "not-applicable", why);
}

#[test]
fn what_is_wrongly_accepted_is_seen_at_the_callback() {
    let ran = tried(Some(Defect::IgnoresResponseType), &["front-channel/modes"]);
    assert_verdict(&ran, "front-channel/modes@web", "warn", "landing on callback, code=[code]");
}

/// What names the client beside its assertion does not undo a change of who pushes.
#[test]
fn a_changed_client_is_pushed() {
    let push = |target: &str| {
        let with_key = "\nauth = \"private_key_jwt\"";
        let pushes = format!("\nrequest = \"pushed\"\nsends_client_id = true{with_key}");
        target.replace(with_key, &pushes)
    };
    let ran =
        built_in::tried(built_in::with(None), push, &["signed-requests/beside-another-client"]);
    assert_verdict(&ran, "signed-requests/beside-another-client", "pass", "");
}

/// An assertion that names the endpoint it goes to is refused at any other, however often it was used.
#[test]
fn an_assertion_for_one_endpoint_is_not_sent_to_another() {
    let name = |target: &str| {
        let with_key = "\nauth = \"private_key_jwt\"";
        target.replace(with_key, &format!("\naudience = \"{{endpoint}}\"{with_key}"))
    };
    let words = ["--ruleset", "oidc", "client-assertions/used-"];
    let ran = built_in::tried(built_in::with(None), name, &words);
    assert_verdict(&ran, "client-assertions/used-twice", "pass", "");
    let why = "name the endpoint to which they go";
    assert_verdict(&ran, "client-assertions/used-at-two-endpoints", "not-applicable", why);
}

#[test]
fn clients_of_a_server_that_takes_nothing_else_push() {
    let runtime = Runtime::new().unwrap();
    let config = Config { defects: vec![Defect::ClaimsToRequirePushes], ..Config::default() };
    let port = Reserved::new(0).unwrap();
    let issuer = format!("http://127.0.0.1:{}", port.port());
    let _server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["init", &issuer])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    let pushes = |client: &str| {
        let table = text.split("[client.").find(|table| table.starts_with(client));
        table.is_some_and(|table| table.contains("request = \"pushed\""))
    };
    assert!(pushes("native") && pushes("web") && !pushes("service"), "{text}");
}
