//! Clients whose access tokens are bound to a key (RFC9449): every case runs on them, also on a
//! server that wants a nonce in each proof.

use honest::{Allowance, Config, Defect};

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours with this defect, that binds all tokens.
fn tried(defect: Option<Defect>, allows: &[Allowance], words: &[&str]) -> Ran {
    let config = Config { allows: allows.to_vec(), ..built_in::with(defect) };
    built_in::tried(config, str::to_owned, words)
}

#[test]
fn a_sound_server_passes() {
    let words = ["codes/", "token-endpoint/", "refresh/", "bearer/", "races/"];
    let ran = tried(None, &[Allowance::Bound], &words);
    assert_clean(&ran);
    let why = "need not name Bearer";
    assert_verdict(&ran, "bearer/unknown-token", "not-applicable", why);
    let why = "with a proof and the scheme DPoP only";
    assert_verdict(&ran, "bearer/token-in-query", "not-applicable", why);
}

/// A nonce is learnt from the first answer, and is no refusal.
#[test]
fn a_server_that_wants_nonces_passes() {
    let allows = [Allowance::Bound, Allowance::Nonces];
    let ran =
        tried(None, &allows, &["codes/", "pushed-requests/", "dpop/", "bearer/", "revocation/"]);
    assert_clean(&ran);
    // It wants a proof there, too.
    assert_verdict(&ran, "revocation/access-token", "pass", "");
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
