//! Certificates that clients present when they connect (RFC8705).

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, KeyPair,
    SanType, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::source::Flaw;

/// What to do about a file that is no certificate with its key.
const RIGHT: &str = "write the certificate and then its private key, both in PEM; `authspec keys \
                     --certificate FILE` makes such a file";

/// A certificate, those that vouch for it, and its private key. Two are equal if their certificates
/// are.
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    thumbprint: String,
}

impl Certificate {
    /// Reads a certificate and its private key, in PEM.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(pem: &str) -> Result<Self, Flaw> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let chain =
            chain.map_err(|error| Flaw::new(format!("is no complete PEM: {error}"), RIGHT))?;
        let Some(first) = chain.first() else {
            return Err(Flaw::new("has no certificate", RIGHT));
        };
        if let Err(error) = parse_x509_certificate(first) {
            return Err(Flaw::new(
                format!("has a certificate that cannot be read: {error}"),
                RIGHT,
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| Flaw::new("has no private key", RIGHT))?;
        Ok(Self::new(chain, key))
    }

    /// A new certificate that is signed with its own key, and the text of its file.
    pub fn generate(name: &str) -> Option<(Self, String)> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().ok()?;
        let made = signed(params, &key)?;
        let text = format!("{}{}", made.pem(), key.serialize_pem());
        Some((Self::parse(&text).ok()?, text))
    }

    /// A certificate with the same subject and another key, which nobody but itself vouches for.
    pub fn namesake(&self) -> Option<Self> {
        self.again(&KeyPair::generate().ok()?)
    }

    /// A new certificate with the same subject and the same key.
    pub fn renewed(&self) -> Option<Self> {
        self.again(&KeyPair::try_from(&self.0.key).ok()?)
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&chain[0]));
        Self(Arc::new(Parts { chain, key, thumbprint }))
    }

    fn again(&self, key: &KeyPair) -> Option<Self> {
        let own = self.x509()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = same_name(own.subject())?;
        params.subject_alt_names = same_alternatives(&own)?;
        let made = signed(params, key)?;
        let der = PrivateKeyDer::try_from(key.serialize_der()).ok()?;
        let again = Self::new(vec![made.der().clone()], der);
        let is_same = again.x509()?.subject().as_raw() == own.subject().as_raw();
        is_same.then_some(again)
    }

    fn x509(&self) -> Option<X509Certificate<'_>> {
        Some(parse_x509_certificate(&self.0.chain[0]).ok()?.1)
    }

    /// The certificate, and those that vouch for it.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.0.key
    }

    /// The hash that tokens are bound to, `x5t#S256` (RFC8705 §3.1).
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// The certificate without the key, in base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.0.chain[0])
    }

    /// The certificate without the key, in PEM.
    pub fn pem(&self) -> String {
        let text = self.base64();
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// The distinguished name of the subject, as it is registered (RFC8705 §2.1.2, RFC4514).
    pub fn subject(&self) -> String {
        let Some(own) = self.x509() else { return String::new() };
        let names = own.subject().iter_rdn().map(|name| {
            let parts: Vec<_> = name.iter().filter_map(shown).collect();
            parts.join("+")
        });
        let mut names: Vec<_> = names.collect();
        names.reverse();
        names.join(",")
    }

    /// The public key with the certificate, as a JWK (RFC8705 §2.2.2), if it is one of P-256 or RSA.
    pub fn jwk(&self) -> Option<Value> {
        let own = self.x509()?;
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match own.public_key().parsed().ok()? {
            PublicKey::EC(point) if point.data().len() == 65 => {
                let (x, y) = point.data()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": part(x), "y": part(y) })
            }
            PublicKey::RSA(key) => {
                let modulus: Vec<_> =
                    key.modulus.iter().skip_while(|byte| **byte == 0).copied().collect();
                json!({ "kty": "RSA", "n": part(&modulus), "e": part(key.exponent) })
            }
            _ => return None,
        };
        jwk["x5c"] = json!([self.base64()]);
        jwk["x5t#S256"] = self.thumbprint().into();
        Some(jwk)
    }
}

fn signed(mut params: CertificateParams, key: &KeyPair) -> Option<rcgen::Certificate> {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.self_signed(key).ok()
}

/// The same distinguished name, to the letter.
fn same_name(name: &X509Name<'_>) -> Option<DistinguishedName> {
    let mut same = DistinguishedName::new();
    for attribute in name.iter_attributes() {
        let oid: Vec<u64> = attribute.attr_type().iter()?.collect();
        let text = attribute.as_str().ok()?;
        let value = match attribute.attr_value().tag() {
            Tag::PrintableString => DnValue::PrintableString(text.try_into().ok()?),
            Tag::Ia5String => DnValue::Ia5String(text.try_into().ok()?),
            _ => DnValue::Utf8String(text.to_owned()),
        };
        same.push(DnType::from_oid(&oid), value);
    }
    Some(same)
}

/// The same alternative names, of the kinds by which clients are registered (RFC8705 §2.1.2).
fn same_alternatives(own: &X509Certificate<'_>) -> Option<Vec<SanType>> {
    let Some(names) = own.subject_alternative_name().ok()? else { return Some(Vec::new()) };
    let same = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(SanType::DnsName((*name).try_into().ok()?)),
        GeneralName::RFC822Name(name) => Some(SanType::Rfc822Name((*name).try_into().ok()?)),
        GeneralName::URI(name) => Some(SanType::URI((*name).try_into().ok()?)),
        GeneralName::IPAddress(bytes) => {
            let address = match bytes.len() {
                4 => <[u8; 4]>::try_from(*bytes).ok()?.into(),
                _ => <[u8; 16]>::try_from(*bytes).ok()?.into(),
            };
            Some(SanType::IpAddress(address))
        }
        _ => None,
    });
    Some(same.collect())
}

/// A part of a name with its short word, and what has to be marked in it (RFC4514 §2.4).
fn shown(part: &AttributeTypeAndValue<'_>) -> Option<String> {
    const WORDS: [(&str, &str); 9] = [
        ("2.5.4.3", "CN"),
        ("2.5.4.6", "C"),
        ("2.5.4.7", "L"),
        ("2.5.4.8", "ST"),
        ("2.5.4.9", "STREET"),
        ("2.5.4.10", "O"),
        ("2.5.4.11", "OU"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("0.9.2342.19200300.100.1.1", "UID"),
    ];
    let oid = part.attr_type().to_id_string();
    let word = WORDS.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, word)| word);
    let mut value = String::new();
    for letter in part.as_str().ok()?.chars() {
        if r#","+\<>;"#.contains(letter) {
            value.push('\\');
        }
        value.push(letter);
    }
    Some(format!("{word}={value}"))
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.0.thumbprint).finish()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.thumbprint == other.0.thumbprint
    }
}

impl Eq for Certificate {}

impl PartialOrd for Certificate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Certificate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.thumbprint.cmp(&other.0.thumbprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namesake_has_another_key_and_a_renewed_one_the_same() {
        let (own, _) = Certificate::generate("bank, of \"England\"").unwrap();
        assert_eq!(own.subject(), r#"CN=bank\, of \"England\""#);
        let (namesake, renewed) = (own.namesake().unwrap(), own.renewed().unwrap());
        assert_ne!(own, namesake);
        assert_ne!(own, renewed);
        assert_eq!(namesake.subject(), own.subject());
        let key = |it: &Certificate| it.jwk().unwrap()["x"].clone();
        assert_ne!(key(&own), key(&namesake));
        assert_eq!(key(&own), key(&renewed));
        let read = CertificateDer::pem_slice_iter(own.pem().as_bytes()).next().unwrap().unwrap();
        assert_eq!(read, own.chain()[0]);
    }
}
