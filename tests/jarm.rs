//! Clients whose authorization responses are JWTs (OAuth.JARM): every case runs on them, and looks
//! inside.

use honest::{Config, Defect, Honest, Reserved};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::command::{Ran, authspec};

/// A run of these cases on a server of ours with this defect, all of whose clients use the mode.
fn tried(mode: &str, defect: Option<Defect>, words: &[&str]) -> Ran {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let text = honest::target_file(port.port(), 8765);
    let text = text.replace("\nauth = ", &format!("\nresponse = \"{mode}\"\nauth = "));
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
    for mode in ["query.jwt", "form_post.jwt"] {
        let ran = tried(mode, None, &["redirect-uri/", "issuer/", "response-modes/", "pkce/"]);
        let verdicts = ["pass", "not-applicable"];
        let is_wrong = |case: &Value| !verdicts.iter().any(|it| case["verdict"] == *it);
        assert!(!ran.cases().iter().any(is_wrong), "{mode}: {}", ran.said());
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
