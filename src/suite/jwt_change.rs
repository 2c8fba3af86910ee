//! How a JWT that the client makes differs from a valid one.

use std::collections::BTreeMap;
use std::fmt;

use authspec_jwe::{ContentEncryption, KeyManagement};
use schemars::JsonSchema;
use serde::Deserialize;

use super::json::JsonTemplate;
use super::template::Template;
use crate::source::without_null;

/// A change to the JWT of a request; what it does not mention is as in the valid flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ omit = [\"jti\"] }`")]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = without_null)]
pub struct JwtChange {
    /// Claims with another value, or additional ones: any JSON; `{now}`, `{now-5m}` and the like
    /// are numbers.
    #[serde(default)]
    pub set: BTreeMap<String, JsonTemplate>,
    /// Claims that are omitted.
    #[serde(default)]
    pub omit: Vec<String>,
    /// Claims that stand in it a second time, after all others.
    #[serde(default)]
    pub again: BTreeMap<String, JsonTemplate>,
    /// Members of the header.
    #[serde(default)]
    pub header: HeaderChange,
    /// What it is signed with, if not the client's own key or secret.
    pub key: Option<KeyChange>,
    /// What is wrong with its form.
    pub form: Option<JwtForm>,
    /// It is encrypted for the server after that, with a key of the set that an earlier step has fetched.
    pub encrypted: Option<Encrypted>,
    /// The JWT of the earlier step with this name is sent again.
    pub same_as: Option<String>,
}

/// How a JWT is encrypted for the server (RFC7516, OpenID.Core §10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, as in `{ alg = \"RSA-OAEP\", enc = \"A128GCM\" }`"
)]
pub struct Encrypted {
    /// How the key of the content is encrypted or agreed on (RFC7518 §4.1).
    #[schemars(with = "String")]
    pub alg: KeyManagement,
    /// How the content is encrypted (RFC7518 §5.1).
    #[schemars(with = "String")]
    pub enc: ContentEncryption,
}

/// A change to the header of a JWT.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ omit = [\"kid\"] }`")]
pub struct HeaderChange {
    /// Members with another value, or additional ones.
    #[serde(default)]
    pub set: BTreeMap<String, JsonTemplate>,
    /// Members that are omitted.
    #[serde(default)]
    pub omit: Vec<String>,
}

/// What a JWT is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChange {
    /// The key of another client, which the header names.
    Other,
    /// A key that nobody knows, or another secret; the header names the client's own.
    New,
    /// The key of `{next.keys}`, which the header names.
    Next,
    /// A key that nobody knows, which the header brings along as `jwk`.
    Embedded,
    /// The client's own, which the header brings along as `jwk` with its private half.
    Private,
    /// None: the algorithm is `none`, and the signature is empty.
    None,
    /// An HMAC, keyed with the client's public key as PEM.
    PublicAsSecret,
    /// An HMAC, keyed with the client's identifier.
    IdAsSecret,
    /// An HMAC, keyed with nothing.
    EmptySecret,
    /// The client's own, and then the signature is changed.
    Broken,
}

/// What is wrong with the form of a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JwtForm {
    /// The signature is empty.
    WithoutSignature,
    /// The signature and the full stop before it are missing.
    TwoParts,
    /// Another claim was added after it was signed.
    ChangedAfterSigning,
    /// The signature is all zeros.
    ZeroSignature,
    /// The signature is in DER, where ECDSA's halves belong side by side (RFC7518 §3.4).
    DerSignature,
}

impl JwtChange {
    /// Whether it changes the claim of this name.
    pub fn names(&self, claim: &str) -> bool {
        self.set.contains_key(claim)
            || self.again.contains_key(claim)
            || self.omit.iter().any(|omitted| omitted == claim)
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let claims = self.set.values().chain(self.again.values());
        claims.chain(self.header.set.values()).flat_map(JsonTemplate::templates)
    }
}

impl fmt::Display for JwtChange {
    /// What differs, in a few words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<_> = self.set.keys().map(|name| format!("another {name}")).collect();
        parts.extend(self.omit.iter().map(|name| format!("without {name}")));
        parts.extend(self.again.keys().map(|name| format!("a second {name}")));
        parts.extend(self.header.set.keys().map(|name| format!("another {name} in its header")));
        parts.extend(self.header.omit.iter().map(|name| format!("without {name} in its header")));
        parts.extend(self.key.map(|key| key.to_string()));
        parts.extend(self.form.map(|form| form.to_string()));
        parts.extend(self.encrypted.map(|it| it.to_string()));
        parts.extend(self.same_as.iter().map(|step| format!("the same as at {step}")));
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "encrypted with {} and {}", self.alg, self.enc)
    }
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Other => "signed by another client's key",
            Self::New => "signed by a key that nobody knows",
            Self::Next => "signed by the next key",
            Self::Embedded => "signed by a key that it brings along",
            Self::Private => "with its private key in the header",
            Self::None => "not signed",
            Self::PublicAsSecret => "with an HMAC keyed with the public key",
            Self::IdAsSecret => "with an HMAC keyed with the client identifier",
            Self::EmptySecret => "with an HMAC keyed with nothing",
            Self::Broken => "with a changed signature",
        })
    }
}

impl fmt::Display for JwtForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutSignature => "with an empty signature",
            Self::TwoParts => "of two parts",
            Self::ChangedAfterSigning => "changed after it was signed",
            Self::ZeroSignature => "with a signature of zeros",
            Self::DerSignature => "with a signature in DER",
        })
    }
}
