//! What holds for the keys that a server publishes.

use schemars::JsonSchema;
use serde::Deserialize;

/// What holds for the published keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRule {
    /// Each has a `kty` (RFC7517 §4.1).
    Kinds,
    /// Each RSA and elliptic curve key has the members of a public key of its kind (RFC7518 §6).
    Parts,
    /// No two keys of one kind have the same `kid` (RFC7517 §4.5).
    Names,
    /// RSA keys for signatures have 2048 bits or more (RFC7518 §3.3).
    Sizes,
    /// The modulus of an RSA key begins with no zero byte (RFC7518 §6.3.1.1).
    Moduli,
    /// If some keys are for encryption, each key has a `use` (OpenID.Discovery §3).
    Uses,
    /// The key that has signed the newest ID token may be used for that: neither is its `use` `enc`, nor do its
    /// `key_ops` lack `verify` (OpenID.Core §10.1).
    Signs,
    /// One is for encryption.
    Encrypts,
    /// None is for encryption.
    NoneEncrypts,
}

impl KeyRule {
    /// The rule.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Kinds => "each key with kty",
            Self::Parts => "each key with the members of its kind",
            Self::Names => "no kid on two keys",
            Self::Sizes => "RSA keys of 2048 bits or more",
            Self::Moduli => "no zero byte before the modulus of an RSA key",
            Self::Uses => "each key with use if some are for encryption",
            Self::Signs => "no signature by a key that is not for signatures",
            Self::Encrypts => "a key for encryption",
            Self::NoneEncrypts => "no key for encryption",
        }
    }
}
