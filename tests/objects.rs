//! Clients that sign their authorization requests (RFC9101): every case that can be meant runs on them,
//! and a change is inside the object.

use honest::{Config, Defect, Honest, Reserved};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::command::{Ran, authspec};

/// A run of these cases on a server of ours with this defect, whose clients with a key pass their
/// requests so.
fn tried(defect: Option<Defect>, form: &str, words: &[&str]) -> Ran {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let text = honest::target_file(port.port(), 8765);
    let with_key = "\nauth = \"private_key_jwt\"";
    let text = text.replace(with_key, &format!("\nrequest = \"{form}\"{with_key}"));
    let config = Config { defects: defect.into_iter().collect(), ..Config::default() };
    let _server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
    authspec(&text, words)
}

#[track_caller]
fn assert_verdict(ran: &Ran, id: &str, verdict: &str, why: &str) {
    let cases = ran.cases();
    let case = cases.iter().find(|case| case["id"] == id);
    let case = case.unwrap_or_else(|| panic!("no {id}: {}", ran.said()));
    assert!(case["verdict"] == verdict && case.to_string().contains(why), "{case:#}");
}

#[test]
fn a_sound_server_passes() {
    for form in ["object", "pushed-object"] {
        let ran = tried(None, form, &["redirect-uri/", "pkce/", "parameters/"]);
        let verdicts = ["pass", "not-applicable"];
        let is_wrong = |case: &Value| !verdicts.iter().any(|it| case["verdict"] == *it);
        assert!(!ran.cases().iter().any(is_wrong), "{}", ran.said());
        assert_verdict(&ran, "pkce/wrong-verifier@with-key", "pass", "");
    }
}

#[test]
fn a_change_is_inside_the_object() {
    let defect = Defect::AcceptsAnyRedirectUri;
    let ran = tried(Some(defect), "object", &["redirect-uri/unregistered-host"]);
    assert_verdict(&ran, "redirect-uri/unregistered-host@with-key", "fail", "");
}

/// A client that has no key is not asked to sign, and one that signs need not do so in general.
#[test]
fn an_object_takes_a_key() {
    let cases = ["signed-requests/pushed-unknown-key", "signed-requests/unknown-key"];
    let ran = tried(Some(Defect::SkipsObjectSignature), "query", &cases);
    for id in cases {
        assert_verdict(&ran, id, "fail", "as an object signed by a key that nobody knows");
    }
}
