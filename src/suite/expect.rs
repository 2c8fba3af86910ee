//! The expected result of a step.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::any_of::AnyOf;
use super::jwt_place::JwtPlace;
use super::key_rule::KeyRule;
use super::template::Template;
use crate::oauth::names::{ACTIVE, ERROR};
use crate::oauth::response::ResponseMode;
use crate::source::without_null;

/// The expected result of one step; all of it must hold, and a list means any of these.
///
/// With `error`, the main expectation is a refusal: one with another status or error is a warning,
/// as the request was refused as required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ status = 400 }`")]
#[schemars(transform = without_null)]
pub struct Expect {
    /// The HTTP status.
    pub status: Option<AnyOf<Status>>,
    /// The error code of the refusal.
    pub error: Option<AnyOf<String>>,
    /// Parameters that are present, each with a value of its type that is not empty: `name`, or
    /// `name=value` if the value, or an element of the list, must be this one.
    #[serde(default)]
    pub has: Vec<Member>,
    /// Parameters that are absent, written as in `has`: not even with a value of another type, nor,
    /// for a token, anywhere else in the answer.
    #[serde(default)]
    pub lacks: Vec<Member>,
    /// Parameters that are present at most once.
    #[serde(default)]
    pub once: Vec<String>,
    /// Parameters that have the type that their specification defines, if they are present: a text
    /// that is not empty, a number, a list of texts, an absolute URL.
    #[serde(default)]
    pub typed: Vec<String>,
    /// Parameters with their values.
    #[serde(default)]
    pub param: BTreeMap<String, AnyOf<Template>>,
    /// Parameters that are present, with other values than these.
    #[serde(default)]
    pub other: BTreeMap<String, AnyOf<Template>>,
    /// Header fields: the whole value, or one of its elements: a directive, the scheme of a
    /// challenge, a media type without its parameters; case and quoted parts are ignored. For a
    /// visit, those of the answer that redirected to the redirect URI, or of the page where it
    /// ended.
    #[serde(default)]
    pub header: BTreeMap<String, AnyOf<Template>>,
    /// Header fields that are absent.
    #[serde(default)]
    pub lacks_header: Vec<String>,
    /// The JWT that the words about claims, header parameters and signatures are about, if it is not
    /// the ID token.
    pub jwt: Option<JwtPlace>,
    /// Claims of the ID token, of the logout token where there is one, or of the JWT that `jwt` names;
    /// this holds for all words about ID tokens. `a.b` is the member `b` of the claim
    /// `a`.
    #[serde(default)]
    pub claim: BTreeMap<String, AnyOf<Template>>,
    /// Claims that are present, with other values than these.
    #[serde(default)]
    pub other_claim: BTreeMap<String, AnyOf<Template>>,
    /// Claims that the ID token has.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Claims that the ID token does not have.
    #[serde(default)]
    pub lacks_claims: Vec<String>,
    /// The hashes `at_hash` and `c_hash` in the ID token that match the access token and the code
    /// next to it, if they are present (OpenID.Core §3.1.3.6, OpenID.Core §3.3.2.11).
    #[serde(default)]
    pub hashes: Vec<String>,
    /// Claims that are the same as in the first ID token of the case, or absent from both.
    #[serde(default)]
    pub kept: Vec<String>,
    /// Claims that are numbers, greater than in the first ID token of the case.
    #[serde(default)]
    pub newer: Vec<String>,
    /// Claims of the ID token that are times, as numbers of seconds since 1970, and at most this
    /// many seconds from now, by the server's `Date` field or by the local clock, if they are
    /// present.
    #[serde(default)]
    pub near: BTreeMap<String, u32>,
    /// Parameters that are the same as in the first userinfo answer of the case, or in its first
    /// metadata, if they were present there.
    #[serde(default)]
    pub as_first: Vec<String>,
    /// Claims about the user that are as the target file says in `[user.NAME] claims`; those it
    /// does not mention are not checked.
    #[serde(default)]
    pub tells: Vec<String>,
    /// The same for claims that may be absent.
    #[serde(default)]
    pub as_known: Vec<String>,
    /// Claims about the user in the form that their specification defines, if they are present
    /// (OpenID.Core §5.1). `_claim_sources` stands for the sources of all claims that have one
    /// (OpenID.Core §5.6.2).
    #[serde(default)]
    pub formed: Vec<String>,
    /// Whether a member is null or an empty text.
    pub nulls: Option<bool>,
    /// Claims of the ID token that have the type that their specification defines, if they are
    /// present.
    #[serde(default)]
    pub typed_claims: Vec<String>,
    /// Claims of the ID token that are one value: a text, or a list of one.
    #[serde(default)]
    pub single: Vec<String>,
    /// Claims of the ID token that are at most this many ASCII characters, if they are present.
    #[serde(default)]
    pub longest: BTreeMap<String, u32>,
    /// Header parameters that the ID token does not have (RFC7515 §4.1).
    #[serde(default)]
    pub lacks_jose: Vec<String>,
    /// Header parameters of the ID token (RFC7515 §4.1).
    #[serde(default)]
    pub jose: BTreeMap<String, AnyOf<Template>>,
    /// Header parameters of the JWE in which the ID token is encrypted for the client (RFC7516 §4.1): one with the
    /// keys of `{encryption.keys}`.
    #[serde(default)]
    pub jwe: BTreeMap<String, AnyOf<Template>>,
    /// Members of the claim `events` that are JSON objects (OpenID.BackChannel §2.4).
    #[serde(default)]
    pub events: Vec<String>,
    /// What holds for the published keys.
    #[serde(default)]
    pub keys: Vec<KeyRule>,
    /// Where the visit to the authorization endpoint or the logout endpoint ended.
    pub landing: Option<AnyOf<LandingKind>>,
    /// The redirect URI that the authorization response was sent to, with its own query.
    pub at: Option<AnyOf<Template>>,
    /// Where the parameters were in the authorization response.
    pub mode: Option<AnyOf<ResponseMode>>,
    /// Pages that the visitor was shown on the way.
    #[serde(default)]
    pub asks: Vec<Asked>,
    /// Pages that the visitor was not shown.
    #[serde(default)]
    pub asks_not: Vec<Asked>,
    /// Statuses that no answer to a form with the user's password has.
    #[serde(default)]
    pub lacks_redirect: Vec<Status>,
    /// Parameters, of the request or the response, whose values no `Referer` field revealed to
    /// another origin.
    #[serde(default)]
    pub lacks_referer: Vec<String>,
    /// Parameters that only contain characters allowed in an error: printable ASCII without `"` and
    /// `\\` (RFC6749 §4.1.2.1, RFC6749 §5.2).
    #[serde(default)]
    pub ascii: Vec<String>,
    /// Parameters that cannot be guessed with a chance of more than one in two to this power: at
    /// most, by their length and the smallest common alphabet that they are written in (RFC6749
    /// §10.10); what several values of a client have in common does not count.
    #[serde(default)]
    pub bits: BTreeMap<String, u32>,
    /// Parameters of the challenge in the `WWW-Authenticate` field (RFC6750 §3).
    #[serde(default)]
    pub challenge: BTreeMap<String, AnyOf<Template>>,
    /// Parameters that the challenge has, whatever their values.
    #[serde(default)]
    pub has_challenge: Vec<String>,
    /// Parameters that the challenge does not have.
    #[serde(default)]
    pub lacks_challenge: Vec<String>,
    /// Addresses that a page on the way shows: as a link, an image, or text.
    #[serde(default)]
    pub shows: Vec<String>,
    /// Whether one of the published keys has signed the newest ID token.
    pub verifies: Option<bool>,
    /// Whether one of the published keys has signed the first ID token of the case, as one of those that were
    /// published then did.
    pub verifies_first: Option<bool>,
    /// Whether a published key is private or symmetric, so that anyone who reads it can sign.
    pub private_keys: Option<bool>,
    /// Whether the newest ID token names its key, if several are published: by a `kid` that only
    /// one of them has.
    pub names_key: Option<bool>,
    /// Whether the ID token has not expired.
    pub unexpired: Option<bool>,
    /// Parameters that are at most this number, if they are present.
    #[serde(default)]
    pub at_most: BTreeMap<String, u32>,
    /// Whether a parameter is a list without elements.
    pub empty_lists: Option<bool>,
    /// Whether the server has fetched the document that the case serves, by the end of the step.
    pub fetched: Option<bool>,
    /// Whether the server has turned away from the document that the case serves when it saw the bad
    /// certificate, by the end of the step.
    pub certificate_refused: Option<bool>,
    /// Whether the page is shown in a frame of another origin's page.
    pub framed: Option<bool>,
    /// Why such an answer says nothing about the server if it is the best match: the case is then
    /// not applicable, for this reason.
    pub moot: Option<String>,
    /// Whether such an answer is all that the case wants: what later steps show does not matter then.
    #[serde(default)]
    pub enough: bool,
    /// How many of the requests that were sent at once may be granted.
    pub granted_at_most: Option<usize>,
    /// How many different tokens from these requests may still work afterwards: access tokens at
    /// the userinfo endpoint, or refresh tokens at the token endpoint if refresh tokens were used.
    pub alive_at_most: Option<usize>,
}

impl AnyOf<Expect> {
    /// Whether a grant is never expected.
    pub fn is_refusal(&self) -> bool {
        let mut judged = self.iter().filter(|expect| expect.moot.is_none()).peekable();
        judged.peek().is_some() && judged.all(|expect| !expect.is_success())
    }

    /// Whether one of these errors is expected.
    pub fn takes_error(&self, errors: &[&str]) -> bool {
        self.iter().any(|expect| {
            let known = |text: &str| errors.contains(&text);
            expect.error.as_ref().is_some_and(|error| error.any(|it| known(it)))
                || expect.param.get(ERROR).is_some_and(|it| it.any(|it| known(&it.to_string())))
        })
    }
}

impl Expect {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it can only be seen in a success.
    pub fn is_success(&self) -> bool {
        let statuses = || self.status.iter().flat_map(AnyOf::iter);
        let landings = || self.landing.iter().flat_map(AnyOf::iter);
        let says_yes = statuses().count() > 0
            || landings().count() > 0
            || !self.has.is_empty()
            || self.at.is_some();
        // In an introspection response, the member reports a refusal, not the status (RFC7662
        // §2.2).
        let says_inactive = self
            .param
            .get(ACTIVE)
            .is_some_and(|wanted| wanted.any(|value| value.to_string() == "false"));
        says_yes
            && !says_inactive
            && self.error.is_none()
            && !self.param.contains_key(ERROR)
            && statuses().all(|status| (200..300).contains(&status.0))
            && landings().all(|landing| *landing == LandingKind::Callback)
    }

    /// Describes the expectations about published keys.
    fn of_keys(&self) -> impl Iterator<Item = String> {
        let jwt = self.jwt.unwrap_or_default();
        let signed = self.verifies.map(|yes| format!("{jwt} signed: {yes}"));
        let first = self.verifies_first.map(|yes| format!("the first ID token signed: {yes}"));
        let private = self.private_keys.map(|yes| format!("private or symmetric keys: {yes}"));
        let names = self.names_key.map(|yes| format!("ID token names its key: {yes}"));
        let rules = self.keys.iter().map(|rule| rule.sentence().to_owned());
        signed.into_iter().chain(first).chain(private).chain(names).chain(rules)
    }

    /// Describes the expectations about the document that the case serves.
    fn of_documents(&self) -> impl Iterator<Item = String> {
        let fetched = self.fetched.map(|yes| format!("document fetched: {yes}"));
        let refused = self.certificate_refused.map(|yes| format!("certificate refused: {yes}"));
        fetched.into_iter().chain(refused)
    }

    /// Describes the expectations about pages on the way.
    fn of_pages(&self) -> impl Iterator<Item = String> {
        let asks = self.asks.iter().map(|page| format!("asking for {page}"));
        let asks_not = self.asks_not.iter().map(|page| format!("not asking for {page}"));
        let shows = self.shows.iter().map(|address| format!("a page that shows {address}"));
        asks.chain(asks_not).chain(shows)
    }

    /// The same, without the expectations about claims.
    pub fn without_claims(&self) -> Self {
        Self {
            claim: BTreeMap::new(),
            other_claim: BTreeMap::new(),
            claims: Vec::new(),
            lacks_claims: Vec::new(),
            unexpired: None,
            typed_claims: Vec::new(),
            single: Vec::new(),
            longest: BTreeMap::new(),
            lacks_jose: Vec::new(),
            jose: BTreeMap::new(),
            events: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether the visit may end at an unregistered address.
    pub fn leads_elsewhere(&self) -> bool {
        self.landing.as_ref().is_some_and(|it| it.any(|kind| *kind == LandingKind::Elsewhere))
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let claims = [&self.claim, &self.other_claim, &self.jose, &self.jwe];
        let maps = [&self.param, &self.other, &self.header, &self.challenge].into_iter();
        let maps = maps.chain(claims);
        let at = self.at.iter().flat_map(AnyOf::iter);
        maps.flat_map(|map| map.values().flat_map(AnyOf::iter)).chain(at)
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.landing.as_ref().map(|landing| format!("landing on {landing}")));
        parts.extend(self.at.as_ref().map(|at| format!("at {at}")));
        parts.extend(self.mode.as_ref().map(|mode| format!("by {mode}")));
        parts.extend(self.status.as_ref().map(ToString::to_string));
        parts.extend(self.error.as_ref().map(|error| format!("error={error}")));
        parts.extend(self.has.iter().map(|member| format!("with {member}")));
        parts.extend(self.lacks.iter().map(|member| format!("without {member}")));
        parts.extend(self.once.iter().map(|name| format!("{name} once")));
        parts.extend(self.typed.iter().map(|name| format!("{name} of the right type")));
        for (name, value) in &self.param {
            parts.push(format!("{name}={value}"));
        }
        for (name, value) in &self.other {
            parts.push(format!("{name} other than {value}"));
        }
        for (name, value) in &self.header {
            parts.push(format!("{name}: {value}"));
        }
        parts.extend(self.lacks_header.iter().map(|name| format!("without {name}")));
        parts.extend(self.claim.iter().map(|(name, value)| format!("claim {name}={value}")));
        parts.extend(self.of_pages());
        parts.extend(
            self.lacks_redirect.iter().map(|it| format!("no {it} after the password was sent")),
        );
        parts.extend(self.lacks_referer.iter().map(|name| format!("no {name} in any Referer")));
        parts.extend(self.framed.map(|shown| {
            let not = if shown { "" } else { "not " };
            format!("{not}shown in a frame of another origin")
        }));
        parts.extend(self.of_documents());
        parts.extend(self.claims.iter().map(|name| format!("with the claim {name}")));
        parts.extend(self.lacks_claims.iter().map(|name| format!("without the claim {name}")));
        parts.extend(self.beside());
        parts.extend(self.of_claims());
        parts.extend(self.ascii.iter().map(|name| format!("{name} in plain characters")));
        parts.extend(self.bits.iter().map(|(name, bits)| format!("{bits} bits in {name}")));
        parts.extend(
            self.at_most.iter().map(|(name, most)| format!("{name} of {most} at the most")),
        );
        parts.extend(self.empty_lists.map(|yes| format!("lists without elements: {yes}")));
        parts.extend(self.of_challenges());
        parts.extend(self.of_keys());
        parts.extend(self.unexpired.map(|yes| format!("ID token good for now: {yes}")));
        parts.extend(self.granted_at_most.map(|most| format!("at most {most} granted")));
        parts.extend(self.alive_at_most.map(|most| format!("at most {most} token alive")));
        parts.extend(self.enough.then(|| "which is enough".to_owned()));
        parts.extend(self.moot.as_ref().map(|why| format!("which says nothing: {why}")));
        f.write_str(&parts.join(", "))
    }
}

/// An HTTP status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "u16", extend("minimum" = 100, "maximum" = 599))]
pub struct Status(pub u16);

impl TryFrom<i64> for Status {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u16::try_from(number) {
            Ok(status) if (100..600).contains(&status) => Ok(Self(status)),
            _ => Err(format!("{number} is not an HTTP status; use one from 100 to 599")),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A parameter of an answer, or one of its values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
pub struct Member {
    /// The parameter.
    pub name: String,
    /// The value, or the element of its list; any if there is none.
    pub value: Option<String>,
}

impl From<String> for Member {
    fn from(text: String) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Self { name: name.to_owned(), value: Some(value.to_owned()) },
            None => Self { name: text, value: None },
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Where a visit can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LandingKind {
    /// At a redirect URI that is registered for the client, with any parameters; for a logout, at
    /// one that is registered for the return after it.
    Callback,
    /// On an error page of the authorization server itself.
    ErrorPage,
    /// On any page of the authorization server itself, as after a logout.
    Page,
    /// At an address that is neither the server's nor registered.
    Elsewhere,
}

impl fmt::Display for LandingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callback => "callback",
            Self::ErrorPage => "error-page",
            Self::Page => "page",
            Self::Elsewhere => "elsewhere",
        })
    }
}

/// What a page asks the visitor for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Username or password.
    SignIn,
    /// Consent.
    Consent,
    /// With which account to go on, where the request has `prompt=select_account`.
    Account,
    /// Whether to sign out.
    SignOut,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignIn => "sign-in",
            Self::Consent => "consent",
            Self::Account => "account",
            Self::SignOut => "sign-out",
        })
    }
}
