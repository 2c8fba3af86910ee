//! Clients that present certificates (RFC8705): every case runs on them.

use honest::{Allowance, Config};

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// A run of these cases on a server of ours whose clients present certificates.
fn tried(words: &[&str]) -> Ran {
    let config = Config { allows: vec![Allowance::Mtls], ..built_in::with(None) };
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
    let ran = tried(&words);
    assert_clean(&ran);
    assert_verdict(&ran, "mutual-tls/userinfo-with-same-key", "pass", "");
    assert_verdict(&ran, "client-authentication/refresh-by-another-client@bank", "pass", "");
}
