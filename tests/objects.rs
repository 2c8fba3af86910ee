//! Clients that sign their authorization requests (RFC9101): every case that can be meant runs on them,
//! and a change is inside the object.

use honest::Defect;

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours with this defect, whose clients with a key pass their
/// requests so.
fn tried(defect: Option<Defect>, form: &str, words: &[&str]) -> Ran {
    let with_key = "\nauth = \"private_key_jwt\"";
    let pass =
        |target: &str| target.replace(with_key, &format!("\nrequest = \"{form}\"{with_key}"));
    built_in::tried(built_in::with(defect), pass, words)
}

#[test]
fn a_sound_server_passes() {
    for form in ["object", "pushed-object"] {
        let ran = tried(None, form, &["redirect-uri/", "pkce/", "parameters/"]);
        assert_clean(&ran);
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
        assert_verdict(&ran, id, "fail", "");
        let case = ran.cases().into_iter().find(|case| case["id"] == id).unwrap();
        let sent = case["findings"][0]["sent"].as_str().unwrap();
        assert!(sent.contains("as an object signed by a key that nobody knows"), "{sent}");
    }
}

/// The server fetches each object from the one address that the client has registered.
#[test]
fn an_object_is_passed_by_reference() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let with_key = "\nauth = \"private_key_jwt\"";
    let pass = move |target: &str| {
        let address = format!("http://127.0.0.1:{port}/objects/with-key");
        let form = format!("\nrequest = \"reference\"\nrequest_uri = \"{address}\"{with_key}");
        target.replace(with_key, &form)
    };
    let config = |defect| honest::Config { listener_port: Some(port), ..built_in::with(defect) };
    let ran = built_in::tried(config(None), pass, &["pkce/", "redirect-uri/"]);
    assert_clean(&ran);
    assert_verdict(&ran, "pkce/wrong-verifier@with-key", "pass", "");
    let defect = Defect::AcceptsAnyRedirectUri;
    let ran = built_in::tried(config(Some(defect)), pass, &["redirect-uri/unregistered-host"]);
    assert_verdict(&ran, "redirect-uri/unregistered-host@with-key", "fail", "");
}
