//! JWTs that a client makes, before and after they are signed (RFC7515, RFC7519).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::signing::{PrivateKey, SigningAlgorithm, sign_with_secret};

/// A JWT before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// Claims that follow all others, whether or not these have the same names.
    pub again: Map<String, Value>,
}

/// What a JWT is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A private key (`private_key_jwt`).
    Key(PrivateKey),
    /// A secret (`client_secret_jwt`).
    Secret(SigningAlgorithm, String),
    /// Nothing: the algorithm is `none`, and the signature is empty (RFC7519 §6).
    Nothing,
    /// Nothing: the signature is this text, for requests that are only shown.
    Shown(SigningAlgorithm, String),
}

impl Signer {
    /// The algorithm.
    pub fn alg(&self) -> SigningAlgorithm {
        match self {
            Self::Key(key) => key.alg,
            Self::Secret(alg, _) | Self::Shown(alg, _) => *alg,
            Self::Nothing => SigningAlgorithm::Es256,
        }
    }

    /// The private key, if it is one.
    pub fn key(&self) -> Option<&PrivateKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Secret(..) | Self::Nothing | Self::Shown(..) => None,
        }
    }

    /// The same with another secret; a key stays as it is.
    pub fn with_secret(self, secret: &str) -> Self {
        match self {
            Self::Secret(alg, _) => Self::Secret(alg, secret.to_owned()),
            other => other,
        }
    }

    fn sign(&self, message: &str) -> String {
        let signature = match self {
            Self::Key(key) => key.sign(key.alg, message.as_bytes()).unwrap_or_default(),
            Self::Secret(alg, secret) => {
                sign_with_secret(*alg, secret.as_bytes(), message.as_bytes())
            }
            Self::Nothing => return String::new(),
            Self::Shown(_, text) => return text.clone(),
        };
        URL_SAFE_NO_PAD.encode(signature)
    }
}

impl Unsigned {
    /// One with these claims, and a header that is empty as yet.
    pub fn of(claims: Map<String, Value>) -> Self {
        Self { header: Map::new(), claims, again: Map::new() }
    }

    /// Writes into the header what it is signed with.
    pub fn name_signer(&mut self, signer: &Signer) {
        let alg = match signer {
            Signer::Nothing => "none",
            signer => signer.alg().name(),
        };
        self.header.insert("alg".to_owned(), alg.into());
        if let Some(kid) = signer.key().and_then(PrivateKey::kid) {
            self.header.insert("kid".to_owned(), kid.into());
        }
    }

    /// The compact serialization, signed (RFC7515 §7.1).
    pub fn sign(mut self, signer: &Signer) -> String {
        self.name_signer(signer);
        self.serialize(signer)
    }

    /// The same with the header as it is.
    pub fn serialize(self, signer: &Signer) -> String {
        let [header, mut claims, again] =
            [self.header, self.claims, self.again].map(|part| Value::Object(part).to_string());
        if again.len() > "{}".len() {
            claims = format!("{},{}", &claims[..claims.len() - 1], &again[1..]);
        }
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{header}.{claims}");
        format!("{message}.{}", signer.sign(&message))
    }
}
