//! The algorithms, by their registered names (RFC7518 §4.1, §5.1).

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the key that the content is encrypted with reaches the recipient (RFC7518 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyManagement {
    /// RSAES OAEP with SHA-1 (RFC7518 §4.3).
    #[serde(rename = "RSA-OAEP")]
    RsaOaep,
    /// RSAES OAEP with SHA-256 (RFC7518 §4.3).
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// An agreement on the key itself, on the curve P-256 (RFC7518 §4.6).
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
}

/// How the content is encrypted (RFC7518 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// AES in CBC with a key of 128 bits, and an HMAC with SHA-256 (RFC7518 §5.2.3).
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES in CBC with a key of 256 bits, and an HMAC with SHA-512 (RFC7518 §5.2.5).
    #[serde(rename = "A256CBC-HS512")]
    A256CbcHs512,
    /// AES in GCM with a key of 128 bits (RFC7518 §5.3).
    #[serde(rename = "A128GCM")]
    A128Gcm,
    /// AES in GCM with a key of 256 bits (RFC7518 §5.3).
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl KeyManagement {
    const ALL: [Self; 3] = [Self::RsaOaep, Self::RsaOaep256, Self::EcdhEs];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
        }
    }

    /// The one with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl ContentEncryption {
    const ALL: [Self; 4] = [Self::A128CbcHs256, Self::A256CbcHs512, Self::A128Gcm, Self::A256Gcm];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// The one with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The length of its key, in bytes.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A256CbcHs512 => 64,
        }
    }
}

impl fmt::Display for KeyManagement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
