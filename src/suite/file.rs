//! The format of a suite file.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use toml::Spanned;

use super::any_of::AnyOf;
use super::change::{Change, Rounds};
use super::expect::{Expect, Member};
use super::schema;
use super::served::Served;
use super::step::StepNames;
use super::template::Template;
use crate::oauth::Cite;
use crate::source::{DurationText, without_null};

/// A suite: the requirements of one topic, in the order of the specification.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec suite")]
#[schemars(transform = without_null)]
pub struct SuiteFile {
    /// The topic of the suite.
    #[schemars(required)]
    pub title: Option<String>,
    /// The default steps of a case.
    #[serde(default)]
    pub steps: StepNames,
    /// The default client of a case.
    #[serde(default)]
    pub client: ClientKind,
    /// What every case needs.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// The requirements.
    #[schemars(required, with = "Option<Vec<RequirementFile>>")]
    pub requirement: Option<Vec<Spanned<RequirementFile>>>,
}

impl SuiteFile {
    /// The requirements, or an empty list.
    pub fn requirements(&self) -> &[Spanned<RequirementFile>] {
        self.requirement.as_deref().unwrap_or_default()
    }
}

/// A requirement: a citation, what it requires, and exactly one proof.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[requirement]]`")]
#[schemars(extend("allOf" = [
    { "oneOf": [{ "required": ["must"] }, { "required": ["should"] }, { "required": ["may"] }] },
    { "oneOf": [
        { "required": ["case"] },
        { "required": ["name", "whenever", "then"] },
        { "required": ["see"] },
        { "required": ["untested"] },
    ] },
]))]
#[schemars(transform = without_null)]
pub struct RequirementFile {
    /// The section that requires it, as in `RFC7636 §4.6`.
    #[schemars(schema_with = "schema::citation")]
    pub cite: Cite,
    /// The requirement in our own words, with MUST in it.
    #[schemars(with = "Option<String>")]
    pub must: Option<Spanned<String>>,
    /// The requirement in our own words, with SHOULD in it.
    #[schemars(with = "Option<String>")]
    pub should: Option<Spanned<String>>,
    /// The requirement in our own words, with MAY in it.
    #[schemars(with = "Option<String>")]
    pub may: Option<Spanned<String>>,
    /// What an attacker gains, or what breaks for users, if it is violated.
    #[schemars(with = "Option<String>")]
    pub why: Option<Spanned<String>>,
    /// How to fix it in the server.
    #[schemars(with = "Option<String>")]
    pub fix: Option<Spanned<String>>,
    /// Proof: the cases that test it, by name.
    #[schemars(schema_with = "schema::by_case::<CaseFile>")]
    #[serde(default)]
    pub case: BTreeMap<Spanned<String>, CaseFile>,
    /// The name of an invariant.
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
    /// Proof: an invariant; for every answer at this step that matches, `then` must hold.
    #[schemars(schema_with = "schema::by_step::<Expect>")]
    #[serde(default)]
    pub whenever: BTreeMap<Spanned<String>, Expect>,
    /// What must hold `whenever` it applies; a list means any of these.
    #[schemars(schema_with = "schema::by_step::<AnyOf<Expect>>")]
    #[serde(default)]
    pub then: BTreeMap<Spanned<String>, Spanned<AnyOf<Expect>>>,
    /// Proof: cases of other requirements, as `suite/case`.
    #[schemars(schema_with = "schema::case_ids")]
    #[serde(default)]
    pub see: Vec<Spanned<String>>,
    /// Proof: why it cannot be tested.
    #[schemars(with = "Option<String>")]
    pub untested: Option<Spanned<String>>,
}

/// A case: what differs from a valid flow, and the expected result.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[requirement.case.wrong-verifier]`")]
#[schemars(transform = without_null)]
pub struct CaseFile {
    /// The kind of client that acts.
    pub client: Option<ClientKind>,
    /// The user who signs in, if not the first of the target file: `other` is the second. What users
    /// once consented to cannot be taken back, so a case does not let the first one consent to what
    /// others need not consented to.
    pub user: Option<CaseUser>,
    /// What the target has to support.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// What the metadata has to list, as in `grant_types_supported=password`.
    #[serde(default)]
    pub listed: Vec<Member>,
    /// What the metadata must not list.
    #[serde(default)]
    pub unlisted: Vec<Member>,
    /// The steps.
    #[schemars(with = "Option<StepNames>")]
    pub steps: Option<Spanned<StepNames>>,
    /// The client's verifier; its challenge is derived from it.
    pub verifier: Option<Template>,
    /// How long it waits at most, as in `10m`: a run skips it unless told to wait.
    #[schemars(with = "Option<DurationText>")]
    pub slow: Option<Spanned<DurationText>>,
    /// The maximum number of rounds, each from the beginning, until something is found: a race is
    /// not lost each time.
    #[schemars(with = "Option<Rounds>")]
    pub rounds: Option<Spanned<Rounds>>,
    /// The time after which no further round begins, as in `5s`: the report says how certain the
    /// verdict is.
    #[schemars(with = "Option<DurationText>")]
    pub budget: Option<Spanned<DurationText>>,
    /// A document that authspec serves to the server while the case runs, at the address
    /// `{document}`.
    pub serve: Option<Served>,
    /// The changes, by step.
    #[schemars(schema_with = "schema::by_step::<Change>")]
    #[serde(default)]
    pub when: BTreeMap<Spanned<String>, Spanned<Change>>,
    /// Changes that provide the context for those of `when`, by step: with them alone the request
    /// must be granted, or the case is not applicable, since a refusal would have another cause.
    #[schemars(schema_with = "schema::by_step::<Change>")]
    #[serde(default)]
    pub given: BTreeMap<Spanned<String>, Spanned<Change>>,
    /// Why several changes count as one: whichever of them causes a refusal, it is about the
    /// subject of the case.
    #[schemars(with = "Option<String>")]
    pub together: Option<Spanned<String>>,
    /// The expected results, by step; a list means any of these.
    #[schemars(schema_with = "schema::by_step::<AnyOf<Expect>>")]
    #[serde(default)]
    pub then: BTreeMap<Spanned<String>, Spanned<AnyOf<Expect>>>,
}

/// The user of the target who signs in during a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseUser {
    /// The first one.
    #[default]
    First,
    /// The second one.
    Other,
}

impl CaseUser {
    /// Their place among the users of the target.
    pub fn place(self) -> usize {
        match self {
            Self::First => 0,
            Self::Other => 1,
        }
    }
}

/// The client of the target that a case acts as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", transform = describe_client_kind)]
pub enum ClientKind {
    /// The first one without a secret.
    #[default]
    Public,
    /// Any that works: those without a secret are tried first.
    Any,
    /// The first one that can authenticate.
    Confidential,
    /// Each that uses codes, in turn.
    Each,
    /// Each that sends users to the authorization endpoint, for codes or not, in turn.
    All,
    /// The first one that sends its secret in the `Authorization` header.
    ClientSecretBasic,
    /// The first one that sends its secret in the request body.
    ClientSecretPost,
    /// The first one that authenticates by a JWT that it signs with its key (RFC7523 §2.2).
    PrivateKeyJwt,
    /// The first one that authenticates by a JWT keyed with its secret (RFC7523 §2.2).
    ClientSecretJwt,
    /// The first one whose access tokens are bound to a key (RFC9449 §5.2).
    Dpop,
    /// The first one that authenticates by a certificate, of either kind (RFC8705 §2).
    Certificate,
    /// The first one that authenticates by a certificate that others vouch for (RFC8705 §2.1).
    TlsClientAuth,
    /// The first one that authenticates by a certificate that is registered for it (RFC8705 §2.2).
    SelfSignedTlsClientAuth,
    /// The first one whose access tokens are bound to its certificate (RFC8705 §3).
    Mtls,
    /// The first one that pushes its authorization requests as objects that it signs (RFC9126 §3).
    PushedObject,
    /// The first one whose authorization responses are JWTs (OAuth.JARM §2).
    Jarm,
    /// The first one that may use the password grant (RFC6749 §4.3).
    Password,
    /// The first one that can authenticate and may use the client credentials grant (RFC6749 §4.4).
    Service,
    /// The first one that may use the implicit grant (RFC6749 §4.2).
    Implicit,
    /// The first native app with a redirect URI on a loopback IP literal (RFC8252 §7.3).
    Native,
    /// The one with that name in the target file, written `client:name`.
    Named(String),
}

impl ClientKind {
    /// The words for those without a name.
    pub(super) const WORDS: &[&str] = &[
        "public",
        "any",
        "confidential",
        "each",
        "all",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "client_secret_jwt",
        "dpop",
        "certificate",
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "mtls",
        "pushed-object",
        "jarm",
        "password",
        "service",
        "implicit",
        "native",
    ];
}

impl TryFrom<String> for ClientKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "public" => Self::Public,
            "any" => Self::Any,
            "confidential" => Self::Confidential,
            "each" => Self::Each,
            "all" => Self::All,
            "client_secret_basic" => Self::ClientSecretBasic,
            "client_secret_post" => Self::ClientSecretPost,
            "private_key_jwt" => Self::PrivateKeyJwt,
            "client_secret_jwt" => Self::ClientSecretJwt,
            "dpop" => Self::Dpop,
            "certificate" => Self::Certificate,
            "tls_client_auth" => Self::TlsClientAuth,
            "self_signed_tls_client_auth" => Self::SelfSignedTlsClientAuth,
            "mtls" => Self::Mtls,
            "pushed-object" => Self::PushedObject,
            "jarm" => Self::Jarm,
            "password" => Self::Password,
            "service" => Self::Service,
            "implicit" => Self::Implicit,
            "native" => Self::Native,
            other => match other.strip_prefix("client:") {
                Some(name) => Self::Named(name.to_owned()),
                None => {
                    let known = Self::WORDS.join("`, `");
                    return Err(format!(
                        "unknown client kind `{other}`; expected one of `{known}`, `client:<name>`"
                    ));
                }
            },
        })
    }
}

/// What a target has to support for a case to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// The server serves metadata (RFC8414 §3).
    Metadata,
    /// The metadata is that of an OAuth 2.0 server, and not of OpenID Connect alone (RFC8414 §5).
    OauthMetadata,
    /// The server serves OpenID Connect metadata (OpenID.Discovery §4).
    OpenidMetadata,
    /// The code flow yields refresh tokens (RFC6749 §6).
    RefreshToken,
    /// There is a userinfo endpoint (OpenID.Core §5.3).
    Userinfo,
    /// There is a resource in the target file, or a userinfo endpoint for which the client gets tokens.
    Resource,
    /// The scope `openid` yields ID tokens (OpenID.Core §3.1.2.1).
    Openid,
    /// The client's valid flows use the challenge method `S256` (RFC7636 §4.2).
    S256,
    /// The challenge method `plain` is supported (RFC7636 §4.2).
    Plain,
    /// The challenge method `plain` is not supported (RFC7636 §4.4.1).
    NoPlain,
    /// Authorization responses name the issuer (RFC9207 §2).
    Iss,
    /// There is a revocation endpoint (RFC7009 §2).
    Revocation,
    /// There is an introspection endpoint (RFC7662 §2).
    Introspection,
    /// There is an endpoint for pushed authorization requests (RFC9126 §2).
    Push,
    /// The server takes signed request objects (RFC9101 §4, OpenID.Core §6.1).
    RequestObject,
    /// The server takes proofs of possession of a key (RFC9449 §5.1).
    Dpop,
    /// The client's access tokens are bound to its certificate (RFC8705 §3).
    Mtls,
    /// There is an endpoint where clients register (RFC7591 §3).
    Registration,
    /// There is a frame that says whether a session has changed (OpenID.Session §3.3).
    SessionManagement,
    /// The target file says how the operator makes the server sign with another key.
    KeyRotation,
    /// authspec serves documents over https, by `listener_ca` in the target file.
    HttpsListener,
    /// There is a logout endpoint (OpenID.RPInitiated §2).
    Logout,
    /// There is a logout endpoint, and the client has a URI for the return after a logout
    /// (OpenID.RPInitiated §3.1).
    LogoutReturn,
    /// The server tells clients that a session has ended, by its metadata, and the client has a URI
    /// for that in the target file (OpenID.BackChannel §2.2).
    Backchannel,
    /// The same, and the client requires that the session is named (OpenID.BackChannel §2.2).
    BackchannelSession,
    /// The same as `backchannel`, and that URI has a query.
    BackchannelQuery,
    /// The server sends user agents to clients when a session ends, by its metadata, and the client has
    /// a URI for that in the target file (OpenID.FrontChannel §2).
    Frontchannel,
    /// The same, and the client requires that the session is named (OpenID.FrontChannel §2).
    FrontchannelSession,
    /// The same as `frontchannel`, and that URI has a query.
    FrontchannelQuery,
    /// The client may use the client credentials grant (RFC6749 §4.4).
    ClientCredentials,
    /// The client may exchange JWTs for tokens (RFC7523 §2.1), and has a key.
    JwtBearer,
    /// The client may not use the client credentials grant (RFC6749 §5.2).
    NoClientCredentials,
    /// The server publishes the keys that ID tokens are signed with (RFC8414 §2).
    Jwks,
    /// The consent page has a button or link that refuses.
    Refusal,
    /// The user's password is sent by a form, and not by a script.
    PasswordForm,
    /// Clients are registered for certain grants, and may use no others.
    GrantLimits,
    /// The client's identifier or secret changes when it is form-encoded (RFC6749 §2.3.1).
    EncodedSecret,
    /// The client may use the implicit grant (RFC6749 §4.2).
    Implicit,
    /// The client may not use the implicit grant (RFC6749 §4.2.2.1).
    NoImplicit,
    /// The client may use the implicit grant, and the response type `id_token` with it
    /// (OpenID.Core §3.2.2.1).
    ImplicitIdToken,
    /// The server supports the response mode `fragment` (OAuth.ResponseTypes §2.1).
    Fragment,
    /// The server supports the response mode `form_post` (OAuth.FormPost §2).
    FormPost,
    /// A redirect URI of the client has a query (RFC6749 §3.1.2).
    RedirectQuery,
}

impl Feature {
    /// The word for it in suite and target files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::OauthMetadata => "oauth_metadata",
            Self::OpenidMetadata => "openid_metadata",
            Self::RefreshToken => "refresh_token",
            Self::Userinfo => "userinfo",
            Self::Resource => "resource",
            Self::Openid => "openid",
            Self::S256 => "s256",
            Self::Plain => "plain",
            Self::NoPlain => "no_plain",
            Self::Iss => "iss",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::Push => "push",
            Self::RequestObject => "request_object",
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
            Self::Registration => "registration",
            Self::SessionManagement => "session_management",
            Self::KeyRotation => "key_rotation",
            Self::HttpsListener => "https_listener",
            Self::Logout => "logout",
            Self::LogoutReturn => "logout_return",
            Self::Backchannel => "backchannel",
            Self::BackchannelSession => "backchannel_session",
            Self::BackchannelQuery => "backchannel_query",
            Self::Frontchannel => "frontchannel",
            Self::FrontchannelSession => "frontchannel_session",
            Self::FrontchannelQuery => "frontchannel_query",
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer => "jwt_bearer",
            Self::NoClientCredentials => "no_client_credentials",
            Self::Jwks => "jwks",
            Self::Refusal => "refusal",
            Self::PasswordForm => "password_form",
            Self::GrantLimits => "grant_limits",
            Self::EncodedSecret => "encoded_secret",
            Self::Implicit => "implicit",
            Self::NoImplicit => "no_implicit",
            Self::ImplicitIdToken => "implicit_id_token",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::RedirectQuery => "redirect_query",
        }
    }
}

/// One of the words, or a client by its name.
fn describe_client_kind(schema: &mut Schema) {
    let known = serde_json::json!([{ "enum": ClientKind::WORDS }, { "pattern": "^client:.+$" }]);
    schema.insert("anyOf".to_owned(), known);
}
