//! Clients that sign their authorization requests (RFC9101): every case that can be meant runs on them,
//! and a change is inside the object.

use authspec::oauth::jws::Signer;
use authspec::oauth::signing::SigningAlgorithm;
use authspec::source::Source;
use authspec::target::parse;
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

#[test]
fn a_secret_signs_objects_if_the_algorithm_says_so() {
    let signer = |auth: &str, more: &str| {
        let text = format!(
            "name = \"a\"\nissuer = \"https://as.example\"\n[client.web]\nid = \"web\"\nauth = \
             \"{auth}\"\nsecret = \"web-secret\"\nredirect_uris = \
             [\"http://127.0.0.1:8765/callback\"]\n{more}\n[user.alice]\npassword = \"b\"\n"
        );
        let target = parse(&Source::new("target.toml", text), None).ok()?;
        Some(target.clients[0].signer.clone())
    };
    let by_secret = |alg| Some(Some(Signer::Secret(alg, "web-secret".to_owned())));
    for auth in ["client_secret_basic", "client_secret_post"] {
        let made = signer(auth, "request = \"object\"\nalg = \"HS512\"");
        assert_eq!(made, by_secret(SigningAlgorithm::Hs512));
        assert_eq!(signer(auth, ""), Some(None));
        assert_eq!(signer(auth, "alg = \"HS256\""), None);
        assert_eq!(signer(auth, "request = \"object\"\nalg = \"ES256\""), None);
        assert_eq!(signer(auth, "request = \"object\""), None);
    }
    let made = signer("client_secret_jwt", "request = \"object\"");
    assert_eq!(made, by_secret(SigningAlgorithm::Hs256));
}
