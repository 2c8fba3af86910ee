//! Clients whose access tokens are bound to a key (RFC9449): every case runs on them, also on a
//! server that wants a nonce in each proof.

use honest::{Allowance, Config, Defect, Honest, Reserved};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::command::{Ran, authspec};

/// A run of these cases on a server of ours with this defect, that binds all tokens.
fn tried(defect: Option<Defect>, allows: &[Allowance], words: &[&str]) -> Ran {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let text = honest::target_file_allowing(port.port(), 8765, allows);
    let defects = defect.into_iter().collect();
    let config = Config { defects, allows: allows.to_vec(), ..Config::default() };
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

#[track_caller]
fn assert_sound(ran: &Ran) {
    let verdicts = ["pass", "not-applicable"];
    let is_wrong = |case: &Value| !verdicts.iter().any(|it| case["verdict"] == *it);
    let wrong: Vec<_> = ran.cases().into_iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?} {}", ran.said());
}

#[test]
fn a_sound_server_passes() {
    let words = ["codes/", "token-endpoint/", "refresh/", "bearer/", "races/"];
    let ran = tried(None, &[Allowance::Bound], &words);
    assert_sound(&ran);
    let why = "need not name Bearer";
    assert_verdict(&ran, "bearer/unknown-token", "not-applicable", why);
    let why = "with a proof and the scheme DPoP only";
    assert_verdict(&ran, "bearer/token-in-query", "not-applicable", why);
}

/// A nonce is learnt from the first answer, and is no refusal.
#[test]
fn a_server_that_wants_nonces_passes() {
    let allows = [Allowance::Bound, Allowance::Nonces];
    let ran = tried(None, &allows, &["codes/", "pushed-requests/", "dpop/", "bearer/"]);
    assert_sound(&ran);
    assert_verdict(&ran, "dpop/nonce-missing", "pass", "");
    assert_verdict(&ran, "dpop/bound-client-without-proof", "pass", "");
}

/// Where a right proof is refused, the refusal of a wrong one proves nothing.
#[test]
fn a_server_that_refuses_every_proof_is_not_taken_for_a_strict_one() {
    let ran = tried(Some(Defect::RefusesProofs), &[], &["dpop/other-method", "dpop/accepted"]);
    assert_verdict(&ran, "dpop/accepted", "fail", "invalid_dpop_proof");
    let why = "it is refused with a right proof too";
    assert_verdict(&ran, "dpop/other-method", "inconclusive", why);
}
