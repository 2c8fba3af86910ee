//! Target files in which what a case changes is what a valid request has anyway, so that nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::{assert_verdict, tried};
use crate::command::authspec;
use crate::fake::{Ask, Fake, Setup};

/// The target file with a second confidential client, whose secret is the one that the server knows.
fn with_plain(fake: &Fake) -> String {
    let plain = "[client.plain]\nid = \"plain\"\nauth = \"client_secret_basic\"\nsecret = \"plain\"\n\
                 redirect_uris = [\"http://127.0.0.1:8765/plain\"]\n[client.web]";
    fake.target().replace("[client.web]", plain)
}

#[test]
fn a_secret_that_two_clients_have_is_not_that_of_another() {
    let case = "client-authentication/secret-of-another-client";
    let same = Fake::start(Setup { secret: "plain".to_owned(), ..Setup::default() });
    let ran = authspec(&with_plain(&same), &[case]);
    assert_verdict(&ran, case, "not-applicable", "no second client with another secret");
}

#[test]
fn a_scope_of_one_word_cannot_be_narrowed() {
    let ran = tried(Setup::default(), &["refresh/", "request-parameters/scope-order"]);
    let why = "a scope of a single word";
    assert_verdict(&ran, "refresh/narrower-scope", "not-applicable", why);
    assert_verdict(&ran, "refresh/whole-scope-after-narrower", "not-applicable", why);
    assert_verdict(&ran, "request-parameters/scope-order", "not-applicable", "");
}

#[test]
fn no_nonce_is_sent_with_two_requests() {
    let sent: Arc<Mutex<BTreeMap<String, BTreeSet<String>>>> = Arc::default();
    let seen = Arc::clone(&sent);
    let fake = Fake::start(Setup::twisted(move |ask: &Ask, answer| {
        let nonce = ask.get("nonce");
        if ask.path == "/authorize" && !nonce.is_empty() {
            let what = ["response_type", "response_mode", "state"].map(|name| ask.get(name));
            seen.lock().unwrap().entry(nonce.to_owned()).or_default().insert(what.join(" "));
        }
        answer
    }));
    let target = fake.target().replace("scope = \"read\"", "scope = \"openid read\"");
    authspec(&target, &["codes/odd-state", "front-channel/"]);
    let sent = sent.lock().unwrap();
    assert!(sent.len() > 20, "{sent:#?}");
    assert!(sent.values().all(|what| what.len() == 1), "{sent:#?}");
}
