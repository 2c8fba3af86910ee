//! The words of a target file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::extra::{ExtraFile, ParamsFile};
use super::login::LoginRule;
use super::text::{Link, Text};
use crate::oauth::AuthMethod;
use crate::oauth::pkce::ChallengeMethod;
use crate::source::{DurationText, without_null};
use crate::suite::{AnyOf, Feature};

/// The authorization server under test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec target")]
#[schemars(transform = without_null)]
pub struct TargetFile {
    /// A name for reports and snapshots.
    #[schemars(required, with = "Option<String>")]
    pub name: Option<Spanned<String>>,
    /// The version of the server, for reports.
    pub version: Option<String>,
    /// What starts the server, where a run is told to.
    #[serde(default)]
    pub start: Start,
    /// The issuer identifier, exactly as its metadata says it (RFC8414 §2).
    #[schemars(required, with = "Option<Link>")]
    pub issuer: Option<Spanned<Link>>,
    /// A file in PEM with the certificates of the authorities that vouch for the server, where this machine
    /// does not know them; seen from the target file.
    #[schemars(with = "Option<String>")]
    pub ca: Option<Spanned<String>>,
    /// Header fields that every request to the server has, as an API gateway in front of it asks for them; the browser
    /// sends them too. They go to the origins of the issuer and of the endpoints, and to no other.
    #[schemars(with = "BTreeMap<String, Text>")]
    #[serde(default)]
    pub header: BTreeMap<Spanned<String>, Text>,
    /// The ruleset when the command line names none: `oauth2`, `bcp`, `oauth2.1` or `oidc`.
    #[schemars(with = "Option<String>")]
    pub ruleset: Option<Spanned<String>>,
    /// What the server supports and its metadata cannot say.
    #[serde(default)]
    pub supports: Vec<Feature>,
    /// What other servers have and this one does not, and its metadata cannot say: `refusal`,
    /// `password_form`, `grant_limits`, or `plain` where the metadata has it and these clients may not use it.
    #[serde(default)]
    pub lacks: Vec<Feature>,
    /// The scope that valid flows ask for.
    pub scope: Option<Text>,
    /// Other origins that belong to the server, as in `https://login.example`: those that sign users in for
    /// it, and those that they pass through on the way back.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub origins: Vec<Spanned<Text>>,
    /// Endpoints named by hand, where there is no metadata or it is not to be trusted.
    #[serde(default)]
    pub endpoint: Endpoints,
    /// How long what the server issues lives, where it lives shorter than the specifications allow:
    /// slow cases need not wait longer.
    #[serde(default)]
    pub lifetime: Lifetimes,
    /// Parameters that every authorization request has besides, such as `prompt`.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    #[serde(default)]
    pub authorize: ParamsFile,
    /// What every request for tokens has besides, but for those of a refresh token.
    #[serde(default)]
    pub token: ExtraFile,
    /// What every request with a refresh token has besides.
    #[serde(default)]
    pub refresh: ExtraFile,
    /// The clients, by name.
    #[schemars(required, with = "Option<BTreeMap<String, ClientFile>>")]
    pub client: Option<BTreeMap<Spanned<String>, ClientFile>>,
    /// The users, by the name they sign in with.
    #[schemars(required, with = "Option<BTreeMap<String, UserFile>>")]
    pub user: Option<BTreeMap<Spanned<String>, UserFile>>,
    /// How to sign in, where the usual pages are not recognised by themselves.
    #[serde(default)]
    pub login: Vec<LoginRule>,
}

/// Endpoints named by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[endpoint]`")]
#[schemars(transform = without_null)]
pub struct Endpoints {
    /// The authorization endpoint (RFC6749 §3.1).
    pub authorization: Option<Link>,
    /// The token endpoint (RFC6749 §3.2).
    pub token: Option<Link>,
    /// The userinfo endpoint (OpenID.Core §5.3).
    pub userinfo: Option<Link>,
    /// The introspection endpoint (RFC7662 §2).
    pub introspection: Option<Link>,
    /// The revocation endpoint (RFC7009 §2).
    pub revocation: Option<Link>,
    /// The metadata document, where it is not at its well-known place.
    pub metadata: Option<Link>,
}

impl Endpoints {
    /// All that are named.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        let Self { authorization, token, userinfo, introspection, revocation, metadata } = self;
        let all = [authorization, token, userinfo, introspection, revocation, metadata];
        all.into_iter().flatten()
    }
}

/// What starts the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[start]`")]
#[serde(default)]
pub struct Start {
    /// A program beside the target file, which becomes the server: it prints a line that begins with
    /// `ready` when it is, ends on SIGTERM, and exits with 69 where it cannot be had.
    pub command: String,
    /// Variables of its environment.
    pub env: BTreeMap<String, String>,
}

impl Default for Start {
    fn default() -> Self {
        Self { command: "start".to_owned(), env: BTreeMap::new() }
    }
}

/// How long what the server issues lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[lifetime]`")]
#[schemars(transform = without_null)]
pub struct Lifetimes {
    /// An authorization code.
    pub code: Option<DurationText>,
    /// An access token.
    pub access_token: Option<DurationText>,
}

/// A registered client.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[client.web]`")]
#[schemars(transform = without_null)]
pub struct ClientFile {
    /// The client identifier.
    pub id: Text,
    /// How it authenticates; public clients say `none`.
    #[schemars(with = "AuthMethod")]
    pub auth: Spanned<AuthMethod>,
    /// The secret, or `env:NAME`.
    #[schemars(with = "Option<Text>")]
    pub secret: Option<Spanned<Text>>,
    /// The registered redirect URIs, to the letter; the first one is used, and a second one makes more cases possible.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub redirect_uris: Vec<Spanned<Text>>,
    /// The grant types it is registered for; none, `[]`, for a resource server that looks into tokens where
    /// the clients may not.
    #[serde(default = "code_grant")]
    pub grants: Vec<String>,
    /// The scope that its valid flows ask for, where it is not the target's.
    pub scope: Option<Text>,
    /// Whether it is an app on the user's own device, and registered as one (RFC8252 §8.4).
    #[serde(default)]
    pub native: bool,
    /// How its valid flows make the challenge (RFC7636 §4.2); `S256` where nothing is said.
    #[serde(default)]
    pub challenge_method: ChallengeMethod,
    /// The verifier of its valid flows, or `env:NAME`, where it is not to be a new one each time.
    #[schemars(with = "Option<Text>")]
    pub verifier: Option<Spanned<Text>>,
    /// Parameters that its authorization requests have besides, where they are not the target's.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    #[serde(default)]
    pub authorize: ParamsFile,
    /// What its requests for tokens have besides, but for those of a refresh token.
    #[serde(default)]
    pub token: ExtraFile,
    /// What its requests with a refresh token have besides.
    #[serde(default)]
    pub refresh: ExtraFile,
}

/// What a user signs in with: a password, a passkey or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[user.alice]`")]
#[schemars(transform = without_null)]
pub struct UserFile {
    /// The password, or `env:NAME`.
    pub password: Option<Text>,
    /// The secret of the user's one-time codes (RFC6238), or `env:NAME`: in base32, or as the `otpauth://` URI
    /// that authenticator apps are given.
    #[schemars(with = "Option<Text>")]
    pub otp: Option<Spanned<Text>>,
    /// A passkey, used by a virtual authenticator of the browser: `new` for one that is registered where the
    /// server asks for that; or a file in JSON, seen from the target file, or `env:NAME`, that has one as
    /// WebDriver writes it, with `credentialId`, `rpId`, `privateKey` and `userHandle`.
    #[schemars(with = "Option<Text>")]
    pub passkey: Option<Spanned<Text>>,
}

fn code_grant() -> Vec<String> {
    vec![crate::oauth::names::AUTHORIZATION_CODE.to_owned()]
}
