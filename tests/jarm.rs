//! Clients whose authorization responses are JWTs (OAuth.JARM): every case runs on them, and looks
//! inside.

use honest::Defect;

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
    for mode in ["query.jwt", "form_post.jwt"] {
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
