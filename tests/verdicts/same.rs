//! Target files in which what a case changes is what a valid request has anyway, so that nothing is changed.

use crate::command::authspec;
use crate::fake::{Fake, Setup};
use crate::{assert_verdict, tried};

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
    let why = "a scope of one word alone";
    assert_verdict(&ran, "refresh/narrower-scope", "not-applicable", why);
    assert_verdict(&ran, "refresh/whole-scope-after-narrower", "not-applicable", why);
    assert_verdict(&ran, "request-parameters/scope-order", "not-applicable", "");
}
