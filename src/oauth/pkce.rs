//! Proof Key for Code Exchange: verifiers and challenges (RFC7636 §4.1, §4.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The challenge method that hashes the verifier (RFC7636 §4.2).
pub const S256: &str = "S256";

/// A new verifier: 256 random bits, 43 characters (RFC7636 §4.1).
pub fn verifier() -> String {
    random()
}

/// The S256 challenge of a verifier (RFC7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// A new value that nobody can guess, for `state` and `nonce`.
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(super::verifier().len(), 43);
    }
}
