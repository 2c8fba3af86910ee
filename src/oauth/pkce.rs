//! Proof Key for Code Exchange: verifiers and challenges (RFC7636 §4.1, §4.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// How a challenge is made from a verifier (RFC7636 §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ChallengeMethod {
    /// It is the hash of the verifier.
    #[default]
    S256,
    /// It is the verifier itself.
    #[serde(rename = "plain")]
    Plain,
}

impl ChallengeMethod {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        }
    }
}

/// Whether the text can be a verifier: 43 to 128 unreserved characters (RFC7636 §4.1).
pub fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

/// A new verifier: 256 random bits, 43 characters (RFC7636 §4.1).
pub fn verifier() -> String {
    random()
}

/// The S256 challenge of a verifier (RFC7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// A new unpredictable value, for `state` and `nonce`.
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
