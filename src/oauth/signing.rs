//! Private keys of clients, and signatures with them (RFC7515, RFC7517, RFC7518).

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{error::KeyRejected, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::jwt;
use super::names::KEYS;
use crate::source::Flaw;

/// Defines the closed list of algorithms: variant and registered name.
macro_rules! algorithms {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// Signature algorithms, as the IANA registry spells them (RFC7518 §3.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum SigningAlgorithm { $(#[doc = $doc] #[serde(rename = $name)] $variant,)* }

        impl SigningAlgorithm {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The registered name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

algorithms! {
    Es256 "ES256" "ECDSA with P-256 and SHA-256."
    Es384 "ES384" "ECDSA with P-384 and SHA-384."
    Es512 "ES512" "ECDSA with P-521 and SHA-512."
    EdDsa "EdDSA" "EdDSA with Ed25519 (RFC8037 §3.1)."
    Ps256 "PS256" "RSASSA-PSS with SHA-256."
    Ps384 "PS384" "RSASSA-PSS with SHA-384."
    Ps512 "PS512" "RSASSA-PSS with SHA-512."
    Rs256 "RS256" "RSASSA-PKCS1-v1_5 with SHA-256."
    Rs384 "RS384" "RSASSA-PKCS1-v1_5 with SHA-384."
    Rs512 "RS512" "RSASSA-PKCS1-v1_5 with SHA-512."
    Hs256 "HS256" "HMAC with SHA-256, keyed with the client secret."
    Hs384 "HS384" "HMAC with SHA-384, keyed with the client secret."
    Hs512 "HS512" "HMAC with SHA-512, keyed with the client secret."
}

impl SigningAlgorithm {
    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// Whether it is keyed with a secret that both sides know.
    pub fn is_symmetric(self) -> bool {
        self.hmac().is_some()
    }

    fn hmac(self) -> Option<hmac::Algorithm> {
        match self {
            Self::Hs256 => Some(hmac::HMAC_SHA256),
            Self::Hs384 => Some(hmac::HMAC_SHA384),
            Self::Hs512 => Some(hmac::HMAC_SHA512),
            _ => None,
        }
    }

    fn rsa(self) -> Option<&'static dyn RsaEncoding> {
        Some(match self {
            Self::Rs256 => &signature::RSA_PKCS1_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_SHA512,
            Self::Ps256 => &signature::RSA_PSS_SHA256,
            Self::Ps384 => &signature::RSA_PSS_SHA384,
            Self::Ps512 => &signature::RSA_PSS_SHA512,
            _ => return None,
        })
    }

    fn ecdsa(self) -> Option<&'static EcdsaSigningAlgorithm> {
        Some(match self {
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
            _ => return None,
        })
    }

    fn ecdsa_in_der(self) -> Option<&'static EcdsaSigningAlgorithm> {
        Some(match self {
            Self::Es256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::Es384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::Es512 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
            _ => return None,
        })
    }

    /// The curve of its keys (RFC7518 §6.2.1.1, RFC8037 §2).
    fn curve(self) -> Option<&'static str> {
        Some(match self {
            Self::Es256 => "P-256",
            Self::Es384 => "P-384",
            Self::Es512 => "P-521",
            Self::EdDsa => "Ed25519",
            _ => return None,
        })
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A private key, as a JWK, and the algorithm that it signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey {
    jwk: Map<String, Value>,
    /// The algorithm.
    pub alg: SigningAlgorithm,
}

impl PrivateKey {
    /// The first private key of a JWK Set, or the key itself if the text is a single one. The
    /// algorithm is the given one, or else that of the key.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right; neither reveals the key.
    pub fn parse(text: &str, alg: Option<SigningAlgorithm>) -> Result<Self, Flaw> {
        let right = "`authspec keys FILE` makes such a file";
        let wrong = |what: &str| Flaw::new(what, right);
        let json: Value = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
        let keys = match json.get(KEYS).and_then(Value::as_array) {
            Some(keys) => keys.clone(),
            None => vec![json],
        };
        let is_private = |key: &&Value| !jwt::private_members(key).is_empty();
        let Some(Value::Object(jwk)) = keys.iter().find(is_private) else {
            return Err(wrong("has no private key"));
        };
        let own = match jwk.get("alg").and_then(Value::as_str) {
            None => None,
            Some(name) => Some(SigningAlgorithm::of_name(name).ok_or_else(|| {
                wrong("has a key whose `alg` is not a signature algorithm that authspec knows")
            })?),
        };
        let kind =
            usual(jwk).ok_or_else(|| wrong("has a key of a kind that authspec does not know"))?;
        let key = Self { jwk: jwk.clone(), alg: alg.or(own).unwrap_or(kind) };
        match key.sign(key.alg, b"authspec") {
            Ok(_) => Ok(key),
            Err(_) if alg.is_some() => {
                let what = format!("has a key that cannot sign with {}", key.alg);
                Err(Flaw::new(
                    what,
                    format!("leave `alg` out, or write the key's own, as in `{kind}`"),
                ))
            }
            Err(_) => Err(wrong("has a key that is broken")),
        }
    }

    /// A new key for the algorithm, or `None` for a kind of key that cannot be made here.
    pub fn generate(alg: SigningAlgorithm) -> Option<Self> {
        let encode = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
        let curve = alg.curve()?;
        let mut jwk = match alg.ecdsa() {
            Some(ecdsa) => {
                let pair = EcdsaKeyPair::generate(ecdsa).ok()?;
                let point = pair.public_key().as_ref().get(1..)?;
                let (x, y) = point.split_at(point.len() / 2);
                let d = pair.private_key().as_be_bytes().ok()?;
                json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y), "d": encode(d.as_ref()) })
            }
            None => {
                let pair = Ed25519KeyPair::generate().ok()?;
                let (x, seed) = (pair.public_key().as_ref(), pair.seed().ok()?);
                let d = seed.as_be_bytes().ok()?;
                json!({ "kty": "OKP", "crv": curve, "x": encode(x), "d": encode(d.as_ref()) })
            }
        };
        let public: Jwk = serde_json::from_value(jwk.clone()).ok()?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        for (name, value) in [("kid", kid.as_str()), ("alg", alg.name()), ("use", "sig")] {
            jwk[name] = value.into();
        }
        let Value::Object(jwk) = jwk else { return None };
        Some(Self { jwk, alg })
    }

    /// Its identifier (RFC7517 §4.5).
    pub fn kid(&self) -> Option<&str> {
        self.jwk.get("kid")?.as_str()
    }

    /// The JWK without its private members, to be registered at a server.
    pub fn public(&self) -> Value {
        let mut key = Value::Object(self.jwk.clone());
        for name in jwt::private_members(&key) {
            if let Some(members) = key.as_object_mut() {
                members.remove(name);
            }
        }
        key
    }

    /// The same without anything that a public key does not need.
    pub fn bare(mut self) -> Self {
        ["kid", "alg", "use"].into_iter().for_each(|name| drop(self.jwk.remove(name)));
        self
    }

    /// Its thumbprint (RFC7638 §3).
    pub fn thumbprint(&self) -> Option<String> {
        let public: Jwk = serde_json::from_value(self.public()).ok()?;
        public.thumbprint(ThumbprintHash::SHA256).ok()
    }

    /// The key itself.
    pub fn private(&self) -> Value {
        Value::Object(self.jwk.clone())
    }

    /// The public key as PEM, or `None` for a key that is not on a curve of ECDSA.
    pub fn public_pem(&self) -> Option<String> {
        let pair = self.ecdsa_pair(self.alg.ecdsa()?).ok()?;
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<_> =
            (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        let lines = lines.join("\n");
        Some(format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"))
    }

    /// The private members, which no text may reveal.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let names = jwt::private_members(&Value::Object(self.jwk.clone()));
        names.into_iter().filter_map(|name| self.jwk.get(name)?.as_str())
    }

    /// The signature of the message.
    ///
    /// # Errors
    /// If the key is none for this algorithm.
    pub fn sign(&self, alg: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyRejected> {
        let rejected = || KeyRejected::from(aws_lc_rs::error::Unspecified);
        let random = SystemRandom::new();
        if let Some(encoding) = alg.rsa() {
            let pair = self.rsa_pair()?;
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &random, message, &mut signature).map_err(|_| rejected())?;
            return Ok(signature);
        }
        if alg.curve() != self.jwk.get("crv").and_then(Value::as_str) {
            return Err(rejected());
        }
        if let Some(ecdsa) = alg.ecdsa() {
            let pair = self.ecdsa_pair(ecdsa)?;
            return Ok(pair.sign(&random, message).map_err(|_| rejected())?.as_ref().to_vec());
        }
        let (seed, x) =
            (self.part("d").ok_or_else(rejected)?, self.part("x").ok_or_else(rejected)?);
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &x)?;
        Ok(pair.sign(message).as_ref().to_vec())
    }

    /// The signature of the message in DER, or `None` for a key that is not on a curve of ECDSA.
    pub fn sign_in_der(&self, message: &[u8]) -> Option<Vec<u8>> {
        let pair = self.ecdsa_pair(self.alg.ecdsa_in_der()?).ok()?;
        Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
    }

    fn ecdsa_pair(&self, alg: &'static EcdsaSigningAlgorithm) -> Result<EcdsaKeyPair, KeyRejected> {
        let part = |name| self.part(name).unwrap_or_default();
        let point = [vec![4], part("x"), part("y")].concat();
        EcdsaKeyPair::from_private_key_and_public_key(alg, &part("d"), &point)
    }

    fn rsa_pair(&self) -> Result<RsaKeyPair, KeyRejected> {
        let part = |name| self.part(name).unwrap_or_default();
        RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: part("n"), e: part("e") },
            d: part("d"),
            p: part("p"),
            q: part("q"),
            dP: part("dp"),
            dQ: part("dq"),
            qInv: part("qi"),
        })
    }

    fn part(&self, name: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.jwk.get(name)?.as_str()?).ok()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("kid", &self.kid())
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// The usual algorithm of a key of this kind.
fn usual(jwk: &Map<String, Value>) -> Option<SigningAlgorithm> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    match text("kty")? {
        "RSA" => Some(SigningAlgorithm::Rs256),
        "EC" | "OKP" => {
            let curve = text("crv")?;
            SigningAlgorithm::ALL.iter().copied().find(|alg| alg.curve() == Some(curve))
        }
        _ => None,
    }
}

/// The HMAC of the message under the secret, or nothing if the algorithm is none of that kind.
pub fn sign_with_secret(alg: SigningAlgorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let Some(hmac) = alg.hmac() else { return Vec::new() };
    aws_lc_rs::hmac::sign(&hmac::Key::new(hmac, secret), message).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_signs_what_its_public_half_verifies() {
        for alg in [SigningAlgorithm::Es256, SigningAlgorithm::Es384, SigningAlgorithm::EdDsa] {
            let key = PrivateKey::generate(alg).unwrap();
            let set = json!({ "keys": [key.private()] }).to_string();
            let read = PrivateKey::parse(&set, None).unwrap();
            assert_eq!(read, key);
            let header = json!({ "alg": alg.name() }).to_string();
            // What is wrong with its claims does not matter.
            let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"one","iss":"two"}"#);
            let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header));
            let signature = read.sign(alg, message.as_bytes()).unwrap();
            let signed = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
            let public = json!({ "keys": [key.public()] }).to_string();
            assert!(jwt::is_signed_by(&signed, &public, ""), "{alg}");
            assert!(!public.contains("\"d\""), "{public}");
        }
    }

    #[test]
    fn a_key_signs_with_its_own_algorithm_alone() {
        let key = PrivateKey::generate(SigningAlgorithm::Es256).unwrap();
        let set = json!({ "keys": [key.private()] }).to_string();
        assert!(PrivateKey::parse(&set, Some(SigningAlgorithm::Es384)).is_err());
        assert!(PrivateKey::parse(&set, Some(SigningAlgorithm::Rs256)).is_err());
        let public = json!({ "keys": [key.public()] }).to_string();
        assert_eq!(PrivateKey::parse(&public, None).unwrap_err().what, "has no private key");
    }
}
