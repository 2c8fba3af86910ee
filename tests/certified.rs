//! Clients that present certificates (RFC8705): every case runs on them.

use honest::{Allowance, Config, Defect};

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours with this defect, whose clients present certificates.
fn tried(defect: Option<Defect>, words: &[&str]) -> Ran {
    let config = Config { allows: vec![Allowance::Mtls], ..built_in::with(defect) };
    built_in::tried(config, str::to_owned, words)
}

#[test]
fn a_sound_server_passes() {
    let words = [
        "mutual-tls/",
        "codes/",
        "token-endpoint/",
        "refresh/",
        "bearer/",
        "races/",
        "pushed-requests/",
        "introspection/",
        "revocation/",
        "client-authentication/",
        "client-credentials/",
    ];
    let ran = tried(None, &words);
    assert_clean(&ran);
    assert_verdict(&ran, "mutual-tls/userinfo-with-same-key", "pass", "");
    assert_verdict(&ran, "client-authentication/missing-secret@bank", "pass", "");
}

/// Where the right certificate is refused, the refusal of another one proves nothing.
#[test]
fn a_server_that_refuses_every_certificate_is_not_taken_for_a_strict_one() {
    let words = ["mutual-tls/accepted", "mutual-tls/same-subject"];
    let ran = tried(Some(Defect::RefusesCertificates), &words);
    assert_verdict(&ran, "mutual-tls/accepted", "fail", "invalid_client");
    assert_verdict(&ran, "mutual-tls/same-subject", "inconclusive", "");
}
