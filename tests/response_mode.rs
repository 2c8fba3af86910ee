//! Clients that request a response mode: every case runs on them, and looks inside of JWTs (OAuth.JARM).

use std::fs;

use honest::Defect;
use serde_json::Value;

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours with this defect, all of whose clients use the mode.
fn tried(mode: &str, defect: Option<Defect>, words: &[&str]) -> Ran {
    let choose =
        |target: &str| target.replace("\nauth = ", &format!("\nresponse = \"{mode}\"\nauth = "));
    built_in::tried(built_in::with(defect), choose, words)
}

#[test]
fn a_sound_server_passes() {
    for mode in ["query.jwt", "form_post.jwt", "form_post"] {
        let ran = tried(mode, None, &["redirect-uri/", "issuer/", "response-modes/", "pkce/"]);
        assert_clean(&ran);
        assert_verdict(&ran, "redirect-uri/unregistered-host@web", "pass", "");
        assert_verdict(&ran, "issuer/on-success", "pass", "");
    }
}

/// The issuer in the JWT is the one that counts, and there has to be one.
#[test]
fn a_wrong_response_is_seen_inside() {
    let words = ["jarm/issuer", "jarm/signed"];
    let ran = tried("fragment.jwt", Some(Defect::NamesOtherResponseIssuer), &words);
    assert_verdict(&ran, "jarm/issuer", "fail", "issuer.example.com");
    assert_verdict(&ran, "jarm/signed", "pass", "");
}

/// Cases about another mode are not for them, and all others get their answers by a form.
#[test]
fn a_form_is_posted_in_every_case() {
    let words =
        ["response-modes/default-for-code", "pkce/s256-accepted", "redirect-uri/added-query"];
    let ran = tried("form_post", None, &words);
    let why = "the client web uses the response mode form_post, and the case is about another";
    assert_verdict(&ran, "response-modes/default-for-code@web", "not-applicable", why);
    let folder = ran.folder.path().join("evidence/honest/pkce");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let evidence: Value = serde_json::from_str(&read("s256-accepted@web.json")).unwrap();
    assert_eq!(evidence["steps"][0]["outcome"]["callback"]["mode"], "form_post", "{evidence}");
}
