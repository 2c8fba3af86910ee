//! Decrypts with private keys (RFC7516 §5.2).

use std::fmt;

use aws_lc_rs::agreement::{self, ECDH_P256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};
use aws_lc_rs::signature::KeyPair as _;
use serde_json::{Map, Value};

use crate::content::{Sealed, open};
use crate::parts::{agreed, decoded, encoded, key_of, point};
use crate::{ContentEncryption, KeyManagement};

/// What was encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decrypted {
    /// The header (RFC7516 §4.1).
    pub header: Map<String, Value>,
    /// The content.
    pub content: Vec<u8>,
}

/// A JWE taken apart (RFC7516 §7.1).
pub(crate) struct Received<'a> {
    sent_header: &'a str,
    header: Map<String, Value>,
    /// What stands for the key of the content.
    pub(crate) key: Vec<u8>,
    pub(crate) method: ContentEncryption,
    sealed: Sealed,
}

impl<'a> Received<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<_> = text.split('.').collect();
        let [sent_header, key, iv, text, tag] = parts[..] else { return None };
        let header: Map<String, Value> = serde_json::from_slice(&decoded(sent_header)?).ok()?;
        let method = ContentEncryption::of_name(header.get("enc")?.as_str()?)?;
        let sealed = Sealed { iv: decoded(iv)?, text: decoded(text)?, tag: decoded(tag)? };
        Some(Self { sent_header, header, key: decoded(key)?, method, sealed })
    }

    /// A text in its header.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// What this key opens.
    pub(crate) fn open(self, key: &[u8]) -> Option<Decrypted> {
        let content = open(self.method, key, self.sent_header.as_bytes(), self.sealed)?;
        Some(Decrypted { header: self.header, content })
    }
}

/// A private key.
pub struct PrivateKey {
    kind: Kind,
    public: Map<String, Value>,
}

enum Kind {
    Rsa(OaepPrivateDecryptingKey),
    Curve(agreement::PrivateKey),
}

impl PrivateKey {
    /// A new RSA key of 2048 bits.
    pub fn rsa() -> Option<Self> {
        Self::of_pair(&KeyPair::generate(KeySize::Rsa2048).ok()?)
    }

    /// A new key on the curve P-256.
    pub fn curve() -> Option<Self> {
        Self::of_agreement(agreement::PrivateKey::generate(&ECDH_P256).ok()?)
    }

    /// The key in this DER of an RSA key (RFC8017 §A.1.2) or of one on P-256 (RFC5915 §3).
    pub fn from_der(der: &[u8]) -> Option<Self> {
        match KeyPair::from_der(der) {
            Ok(pair) => Self::of_pair(&pair),
            Err(_) => Self::of_agreement(
                agreement::PrivateKey::from_private_key_der(&ECDH_P256, der).ok()?,
            ),
        }
    }

    fn of_pair(pair: &KeyPair) -> Option<Self> {
        let public = pair.public_key();
        let part = |part: &[u8]| Value::from(encoded(part));
        let (n, e) = (part(public.modulus().big_endian_without_leading_zero()), public.exponent());
        let e = part(e.big_endian_without_leading_zero());
        let public = [("kty", "RSA".into()), ("n", n), ("e", e)];
        let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let private = PrivateDecryptingKey::from_pkcs8(der.as_ref()).ok()?;
        Some(Self {
            kind: Kind::Rsa(OaepPrivateDecryptingKey::new(private).ok()?),
            public: public.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
    }

    fn of_agreement(private: agreement::PrivateKey) -> Option<Self> {
        let public = key_of(private.compute_public_key().ok()?.as_ref())?;
        Some(Self { kind: Kind::Curve(private), public })
    }

    /// The public key under this name, as a JWK that says what it is for, by this algorithm alone if one is named.
    pub fn public(&self, kid: &str, algorithm: Option<KeyManagement>) -> Value {
        let mut public = self.public.clone();
        let alg = algorithm.map(|algorithm| ("alg", algorithm.name()));
        for (name, value) in [("kid", kid), ("use", "enc")].into_iter().chain(alg) {
            public.insert(name.to_owned(), value.into());
        }
        public.into()
    }

    /// The content of this JWE, or `None` if it is none that the key opens.
    pub fn decrypt(&self, text: &str) -> Option<Decrypted> {
        let received = Received::read(text)?;
        let algorithm = KeyManagement::of_name(received.said("alg")?)?;
        let Received { key, method, header, .. } = &received;
        let key = self.content_key(key, algorithm, *method, header)?;
        received.open(&key)
    }

    fn content_key(
        &self,
        sent: &[u8],
        algorithm: KeyManagement,
        method: ContentEncryption,
        header: &Map<String, Value>,
    ) -> Option<Vec<u8>> {
        let hash = match (&self.kind, algorithm) {
            (Kind::Curve(private), KeyManagement::EcdhEs) if sent.is_empty() => {
                let theirs = point(header.get("epk")?.as_object()?)?;
                return agreed(private, &theirs, method, header);
            }
            (Kind::Rsa(_), KeyManagement::RsaOaep) => &OAEP_SHA1_MGF1SHA1,
            (Kind::Rsa(_), KeyManagement::RsaOaep256) => &OAEP_SHA256_MGF1SHA256,
            _ => return None,
        };
        let Kind::Rsa(private) = &self.kind else { return None };
        let mut key = vec![0; private.min_output_size()];
        let key = private.decrypt(hash, sent, &mut key, None).ok()?.to_vec();
        Some(key).filter(|key| key.len() == method.key_length())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}
