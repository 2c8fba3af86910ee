//! How a case differs from a valid flow.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::any_of::AnyOf;
use super::expect::Status;
use super::json::JsonTemplate;
use super::jwt_change::JwtChange;
use super::template::Template;
use crate::oauth::RequestForm;
use crate::oauth::names::{ACCESS_TOKEN, CLIENT_SECRET};
use crate::oauth::request::{BodyFormat, Method};
use crate::source::without_null;

/// A change to one step's request; what it does not mention is as in the valid flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ omit = [\"state\"] }`")]
#[schemars(transform = without_null)]
pub struct Change {
    /// Parameters with another value, or additional ones.
    #[serde(default)]
    pub set: BTreeMap<String, Template>,
    /// Parameters whose value is this, written as JSON.
    #[serde(default)]
    pub json: BTreeMap<String, JsonTemplate>,
    /// Parameters whose value is an unsigned JWT with these claims: its algorithm is `none`
    /// (RFC7519 §6).
    #[serde(default)]
    pub unsigned: BTreeMap<String, JsonTemplate>,
    /// Parameters that are omitted.
    #[serde(default)]
    pub omit: Vec<String>,
    /// Parameters that are sent again, with these values.
    #[serde(default)]
    pub repeat: BTreeMap<String, AnyOf<Template>>,
    /// Whether those values come before the request's own; a run tries both orders.
    #[serde(skip)]
    pub reversed: bool,
    /// Parameters that are moved from the body to the URL.
    #[serde(default)]
    pub query: Vec<String>,
    /// Another authentication method.
    pub auth: Option<AuthChange>,
    /// Another client secret, sent by the client's own method.
    pub secret: Option<Template>,
    /// A change to the assertion with which the client authenticates.
    #[schemars(with = "Option<JwtChange>")]
    pub assertion: Option<Box<JwtChange>>,
    /// A change to the JWT that the client exchanges for a token (RFC7523 §2.1).
    #[schemars(with = "Option<JwtChange>")]
    pub grant: Option<Box<JwtChange>>,
    /// The authorization request is passed as a request object that the client signs (RFC9101 §4),
    /// with this change; `{}` is a sound one.
    #[schemars(with = "Option<JwtChange>")]
    pub object: Option<Box<JwtChange>>,
    /// A change to the parameters that stand beside that object.
    pub beside: Option<BesideChange>,
    /// The proof that the client holds a key (RFC9449 §4), which a client without bound tokens sends
    /// only then; `{}` is a right one.
    #[schemars(with = "Option<JwtChange>")]
    pub proof: Option<Box<JwtChange>>,
    /// How many proofs are sent, each in a header field of its own: none, or two.
    pub proofs: Option<ProofCount>,
    /// Another certificate, or none, in place of the client's own (RFC8705).
    pub certificate: Option<CertificateChange>,
    /// Another access token.
    pub token: Option<Template>,
    /// Another client, with its own credentials.
    pub client: Option<ClientRef>,
    /// Another user, who signs in again.
    pub user: Option<ClientRef>,
    /// The visitor, if it is not the browser in which the user has signed in.
    pub visitor: Option<Visitor>,
    /// The user's answer when asked for consent, or whether to sign out.
    pub decide: Option<Decision>,
    /// A consent form that the user is made to submit from elsewhere; the case is not applicable if
    /// there is no consent page.
    pub form: Option<ForgedForm>,
    /// Another way to pass the authorization request than the client's own.
    pub request: Option<RequestForm>,
    /// Another HTTP method.
    pub method: Option<Method>,
    /// The body in another format.
    pub body: Option<BodyFormat>,
    /// Header fields with another value, or additional ones.
    #[serde(default)]
    pub header: BTreeMap<String, Template>,
    /// The status with which authspec answers what the server sends to the client.
    pub answers: Option<Status>,
    /// The request is sent this many times at once.
    pub parallel: Option<Parallel>,
    /// The request is sent after this has expired, in a `slow` case.
    pub wait: Option<Lifetime>,
    /// The request is delayed by this many seconds.
    pub pause: Option<Pause>,
}

impl Change {
    /// Both changes combined; this one takes precedence.
    pub fn within(&self, given: &Self) -> Self {
        let (mut both, this) = (given.clone(), self.clone());
        let names = |name: &String| !this.omit.contains(name);
        both.set.retain(|name, _| names(name));
        both.omit.retain(|name| !this.set.contains_key(name));
        both.set.extend(this.set);
        both.json.extend(this.json);
        both.unsigned.extend(this.unsigned);
        both.repeat.extend(this.repeat);
        both.header.extend(this.header);
        both.omit.extend(this.omit);
        both.query.extend(this.query);
        Self {
            reversed: this.reversed || both.reversed,
            auth: this.auth.or(both.auth),
            secret: this.secret.or(both.secret),
            assertion: this.assertion.or(both.assertion),
            grant: this.grant.or(both.grant),
            object: this.object.or(both.object),
            beside: this.beside.or(both.beside),
            proof: this.proof.or(both.proof),
            proofs: this.proofs.or(both.proofs),
            certificate: this.certificate.or(both.certificate),
            token: this.token.or(both.token),
            client: this.client.or(both.client),
            user: this.user.or(both.user),
            visitor: this.visitor.or(both.visitor),
            decide: this.decide.or(both.decide),
            form: this.form.or(both.form),
            request: this.request.or(both.request),
            method: this.method.or(both.method),
            body: this.body.or(both.body),
            answers: this.answers.or(both.answers),
            parallel: this.parallel.or(both.parallel),
            wait: this.wait.or(both.wait),
            pause: this.pause.or(both.pause),
            ..both
        }
    }

    /// The values of parameters that differ from the valid flow, by name.
    pub fn sent(&self) -> impl Iterator<Item = (&str, &Template)> {
        let set = self.set.iter().map(|(name, it)| (name.as_str(), it));
        let repeated = self.repeat.iter();
        let repeated = repeated.flat_map(|(name, all)| all.iter().map(|it| (name.as_str(), it)));
        let secret = self.secret.iter().map(|it| (CLIENT_SECRET, it));
        set.chain(repeated).chain(secret).chain(self.token.iter().map(|it| (ACCESS_TOKEN, it)))
    }

    /// Whether it sets, repeats or omits this parameter.
    pub fn changes(&self, name: &str) -> bool {
        self.set.contains_key(name)
            || self.json.contains_key(name)
            || self.unsigned.contains_key(name)
            || self.repeat.contains_key(name)
            || self.omit.iter().any(|omitted| omitted == name)
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let repeated = self.repeat.values().flat_map(AnyOf::iter);
        let set = self.set.values().chain(self.header.values());
        let json = self.json.values().chain(self.unsigned.values());
        set.chain(repeated)
            .chain(&self.secret)
            .chain(&self.token)
            .chain(json.flat_map(JsonTemplate::templates))
            .chain(self.jwts().flat_map(JwtChange::templates))
            .chain(self.beside.iter().flat_map(|beside| beside.set.values()))
    }

    /// The changes to JWTs that the client makes.
    pub fn jwts(&self) -> impl Iterator<Item = &JwtChange> {
        self.assertion
            .iter()
            .chain(&self.grant)
            .chain(&self.object)
            .chain(&self.proof)
            .map(|change| &**change)
    }

    /// Whether all it does is to pass a sound request object.
    pub fn is_sound_object(&self) -> bool {
        *self == Self { object: Some(Box::default()), ..Self::default() }
    }
}

/// A change to the parameters that stand beside a request object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ omit = [\"client_id\"] }`")]
pub struct BesideChange {
    /// Parameters with another value, or additional ones.
    #[serde(default)]
    pub set: BTreeMap<String, Template>,
    /// Parameters that are omitted.
    #[serde(default)]
    pub omit: Vec<String>,
}

impl fmt::Display for BesideChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<_> = self.set.keys().map(|name| format!("another {name}")).collect();
        parts.extend(self.omit.iter().map(|name| format!("without {name}")));
        f.write_str(&parts.join(", "))
    }
}

/// How a step authenticates if not by the client's own method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthChange {
    /// No authentication: no secret, no client identifier, no token.
    Absent,
    /// Only the client identifier, as a public client.
    None,
    /// The secret in the `Authorization` header.
    ClientSecretBasic,
    /// The secret in the request body.
    ClientSecretPost,
    /// Its own method if that never sends the secret, else an assertion that is keyed with the secret
    /// (RFC7523 §2.2).
    WithoutSecret,
}

/// Another client or user of the target.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
pub enum ClientRef {
    /// Any other one.
    Other,
    /// The one with this name in the target file.
    Named(String),
}

impl From<String> for ClientRef {
    fn from(name: String) -> Self {
        if name == "other" { Self::Other } else { Self::Named(name) }
    }
}

/// How many requests are sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "u8", extend("minimum" = 2, "maximum" = 32))]
pub struct Parallel(pub usize);

impl TryFrom<i64> for Parallel {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match usize::try_from(number) {
            Ok(count @ 2..=32) => Ok(Self(count)),
            _ => Err(format!(
                "{number} is not a valid number of requests to race; use one from 2 \
                              to 32"
            )),
        }
    }
}

/// How many proofs are sent, if not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "u8", extend("enum" = [0, 2]))]
pub struct ProofCount(pub usize);

impl TryFrom<i64> for ProofCount {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match number {
            0 => Ok(Self(0)),
            2 => Ok(Self(2)),
            _ => Err(format!("{number} is not a number of proofs that differs; use 0 or 2")),
        }
    }
}

/// What a client presents in place of its own certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateChange {
    /// No certificate.
    None,
    /// That of another client.
    Other,
    /// One with the same subject and another key, which nobody but itself vouches for.
    SameSubject,
    /// A new one with the same subject and the same key, which nobody but itself vouches for.
    SameKey,
}

impl fmt::Display for CertificateChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "without a certificate",
            Self::Other => "with the certificate of another client",
            Self::SameSubject => "with a certificate of the same subject and another key",
            Self::SameKey => "with a new certificate of the same subject and key",
        })
    }
}

/// The maximum number of rounds of a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "u8", extend("minimum" = 2, "maximum" = 32))]
pub struct Rounds(pub usize);

impl TryFrom<i64> for Rounds {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match usize::try_from(number) {
            Ok(count @ 2..=32) => Ok(Self(count)),
            _ => Err(format!("{number} is not a valid number of rounds; use one from 2 to 32")),
        }
    }
}

/// How many seconds a step is delayed, so that what came before is that much older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "u8", extend("minimum" = 1, "maximum" = 10))]
pub struct Pause(pub u64);

impl TryFrom<i64> for Pause {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u64::try_from(number) {
            Ok(seconds @ 1..=10) => Ok(Self(seconds)),
            _ => Err(format!("{number} is not a valid pause in seconds; use one from 1 to 10")),
        }
    }
}

/// What expires by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// The authorization code, after the time in the target file, or else in the case.
    Code,
    /// The access token, after the time in the token response (RFC6749 §5.1), or else in the target
    /// file.
    AccessToken,
    /// The reference to a pushed request, after the time in the answer (RFC9126 §2.2).
    RequestUri,
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code => "code",
            Self::AccessToken => "access token",
            Self::RequestUri => "reference",
        })
    }
}

/// The visitor of the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Visitor {
    /// A browser in which no user has signed in.
    New,
    /// The same, using a real browser throughout.
    NewBrowser,
    /// A visitor with only the cookies that a browser had when it was asked to sign in, after the
    /// user has signed in there: an attacker who planted or read them.
    BeforeSignIn,
}

/// How a consent form is forged: by an attacker with their own account, who was shown their own
/// form and makes the browser of a signed-in user submit it from a page of another site, with the
/// cookies that browsers send then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForgedForm {
    /// The form as it is.
    OfAnotherSession,
    /// Without the fields that differ in each session: without each of them, and without all.
    WithoutTokens,
    /// By GET, with and without these fields.
    ByGet,
}

impl fmt::Display for ForgedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfAnotherSession => "another user's consent form, sent by this user's browser",
            Self::WithoutTokens => {
                "another user's consent form without its tokens, sent by this user's browser"
            }
            Self::ByGet => "another user's consent form, sent by GET by this user's browser",
        })
    }
}

/// The user's answer when asked for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// No; the case is not applicable if the user is not asked.
    Deny,
    /// No if asked; continues if not asked.
    DenyIfAsked,
}
