//! The format of a target file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::extension::{ExtensionsFile, TokenProfile};
use super::extra::{ExtraFile, ParamsFile};
use super::login::LoginRule;
use super::resource::ResourceFile;
use super::text::{Link, Text};
use crate::oauth::pkce::ChallengeMethod;
use crate::oauth::signing::SigningAlgorithm;
use crate::oauth::{AuthMethod, RequestForm, RequestedMode, TokenKind};
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
    /// What starts the server, if a run is told to.
    #[serde(default)]
    pub start: Start,
    /// The issuer identifier, exactly as in its metadata (RFC8414 §2).
    #[schemars(required, with = "Option<Link>")]
    pub issuer: Option<Spanned<Link>>,
    /// A PEM file with the certificates of the authorities that signed the server's certificate, if
    /// this machine does not know them, relative to the target file; or the PEM itself.
    #[schemars(with = "Option<String>")]
    pub ca: Option<Spanned<String>>,
    /// Header fields of every request to the server, as required by an API gateway in front of it;
    /// the browser sends them too. They are sent to the origins of the issuer and of the endpoints,
    /// and to no others.
    #[schemars(with = "BTreeMap<String, Text>")]
    #[serde(default)]
    pub header: BTreeMap<Spanned<String>, Text>,
    /// The default ruleset, if the command line names none: `oauth2`, `bcp`, `oauth2.1` or `oidc`.
    #[schemars(with = "Option<String>")]
    pub ruleset: Option<Spanned<String>>,
    /// What the server supports and its metadata cannot express.
    #[serde(default)]
    pub supports: Vec<Feature>,
    /// What other servers support and this one does not, and its metadata cannot express:
    /// `refusal`, `password_form`, `grant_limits`, or `plain` if the metadata lists it and these
    /// clients may not use it.
    #[serde(default)]
    pub lacks: Vec<Feature>,
    /// The scope that valid flows request.
    pub scope: Option<Text>,
    /// The resources that the clients may request access tokens for, as absolute URIs (RFC8707 §2);
    /// a second one makes more cases possible. Without any, cases about them are not applicable.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub resources: Vec<Spanned<Text>>,
    /// Authorization details that the clients may request, each with its `type` and the fields that
    /// this type requires (RFC9396 §2). Without any, cases about them are not applicable.
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    #[serde(default)]
    pub authorization_details: Vec<Spanned<Value>>,
    /// The specification that access tokens follow, `rfc9068`, if they do not say so by their `typ`.
    pub access_tokens: Option<TokenProfile>,
    /// Other origins that belong to the server, as in `https://login.example`: those that sign
    /// users in for it, and those that they pass through on the way back.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub origins: Vec<Spanned<Text>>,
    /// The address at which authspec serves documents to the server, such as those that a
    /// `request_uri` or `sector_identifier_uri` names: an http or https URL of this machine, as in
    /// `http://127.0.0.1:8770`. By default a free port, of `localhost` over https if there is a
    /// `listener_ca`, and else of `127.0.0.1` over http; name one if clients have to be registered with
    /// such addresses.
    #[schemars(with = "Option<Link>")]
    pub listener: Option<Spanned<Link>>,
    /// The authority that signs the certificate of the `listener`, if that is to be reached over https,
    /// as a `sector_identifier_uri` must be: a file, relative to the target file, that `authspec keys
    /// --certificate-authority` makes, or `env:NAME`. The server has to trust the
    /// certificate that this command prints; it vouches for addresses of this machine alone.
    #[schemars(with = "Option<Text>")]
    pub listener_ca: Option<Spanned<Text>>,
    /// Endpoints given by hand, if there is no metadata or it is not reliable.
    #[serde(default)]
    pub endpoint: Endpoints,
    /// What tells whether an access token is valid. Without it, the userinfo endpoint does, for clients whose
    /// scope has `openid`.
    pub resource: Option<ResourceFile>,
    /// What makes the server sign with another key from then on: a command for the shell, which runs in the folder
    /// of this file with the issuer in `AUTHSPEC_ISSUER`, or a URL to which a POST without a body goes. Without it,
    /// cases about keys that are rotated are not applicable; with it, they come last, and each rotates the keys once.
    #[schemars(with = "Option<Text>")]
    pub rotate_keys: Option<Spanned<Text>>,
    /// What registering clients takes, which `--register` allows (RFC7591).
    #[serde(default)]
    pub registration: RegistrationFile,
    /// The lifetimes of what the server issues, if they are shorter than the specifications allow:
    /// slow cases need not wait longer.
    #[serde(default)]
    pub lifetime: Lifetimes,
    /// Additional parameters of every authorization request, such as `prompt`.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    #[serde(default)]
    pub authorize: ParamsFile,
    /// Additions to every token request, other than those with a refresh token.
    #[serde(default)]
    pub token: ExtraFile,
    /// Additions to every request with a refresh token.
    #[serde(default)]
    pub refresh: ExtraFile,
    /// The clients, by name.
    #[schemars(required, with = "Option<BTreeMap<String, ClientFile>>")]
    pub client: Option<BTreeMap<Spanned<String>, ClientFile>>,
    /// The users, by the name they sign in with.
    #[schemars(required, with = "Option<BTreeMap<String, UserFile>>")]
    pub user: Option<BTreeMap<Spanned<String>, UserFile>>,
    /// How to sign in on pages that are not recognized automatically.
    #[serde(default)]
    pub login: Vec<LoginRule>,
}

/// Endpoints given by hand.
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
    /// The logout endpoint, which the metadata calls `end_session_endpoint` (OpenID.RPInitiated
    /// §2).
    pub logout: Option<Link>,
    /// The endpoint for pushed authorization requests (RFC9126 §2).
    pub push: Option<Link>,
    /// The metadata document, if it is not at its well-known location.
    pub metadata: Option<Link>,
}

impl Endpoints {
    /// All that are given.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        let Self { authorization, token, userinfo, introspection, .. } = self;
        let Self { revocation, logout, push, metadata, .. } = self;
        let some = [authorization, token, userinfo, introspection];
        some.into_iter().chain([revocation, logout, push, metadata]).flatten()
    }
}

/// What registering clients takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[registration]`")]
#[schemars(transform = without_null)]
pub struct RegistrationFile {
    /// The initial access token, or `env:NAME`, if the server registers no clients without one
    /// (RFC7591 §3). It must be valid for many registrations.
    pub token: Option<Text>,
}

/// What starts the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[start]`")]
#[serde(default)]
pub struct Start {
    /// A program in the folder of the target file that becomes the server: it prints a line that
    /// begins with `ready` when it is ready, ends on SIGTERM, and exits with 69 if the server is
    /// not available.
    pub command: String,
    /// Environment variables for it.
    pub env: BTreeMap<String, String>,
}

impl Default for Start {
    fn default() -> Self {
        Self { command: "start".to_owned(), env: BTreeMap::new() }
    }
}

/// The lifetimes of what the server issues.
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
    /// How it authenticates; `none` for public clients.
    #[schemars(with = "AuthMethod")]
    pub auth: Spanned<AuthMethod>,
    /// The secret, or `env:NAME`.
    #[schemars(with = "Option<Text>")]
    pub secret: Option<Spanned<Text>>,
    /// The private key of a client with `auth = "private_key_jwt"`, or whose `request` is an object: a
    /// file with a JWK Set, relative to the target file, as `authspec keys` makes one; or `env:NAME`, or
    /// the JWK Set itself.
    #[schemars(with = "Option<Text>")]
    pub keys: Option<Spanned<Text>>,
    /// The algorithm that its assertions and request objects are signed with, if it is not the key's
    /// own, or `HS256` for `auth = "client_secret_jwt"`. With `HS256`, `HS384` or `HS512`, the objects of a
    /// client that has a secret and no `keys` are signed with its secret (OpenID.Core §10.1).
    #[schemars(with = "Option<SigningAlgorithm>")]
    pub alg: Option<Spanned<SigningAlgorithm>>,
    /// The audience of its assertions, if it is not the issuer; some servers take the address of
    /// the token endpoint only (RFC7523 §3). With `{endpoint}`, it is the address of the endpoint to which
    /// the assertion goes, as a few servers require.
    #[schemars(with = "Option<Text>")]
    pub audience: Option<Spanned<Text>>,
    /// Whether its requests have `client_id` beside an assertion, which some servers require although it is
    /// optional (RFC7521 §4.2).
    pub sends_client_id: Option<bool>,
    /// How it passes its authorization requests to the server: `query`, in the address that the user
    /// agent visits, by itself or as a signed `object` (RFC9101), or `pushed` before each visit
    /// (RFC9126), by itself or as a `pushed-object`; or as a `reference` to an object that authspec serves
    /// (RFC9101 §5.2), at the target's `listener`. Every case then runs in that way.
    #[schemars(with = "RequestForm")]
    #[serde(default)]
    pub request: Option<Spanned<RequestForm>>,
    /// The address registered for its request objects (`request_uris`, OpenID.Registration §2), for
    /// `request = "reference"` if the server takes no address that is not registered: an http URI of this
    /// machine, with a port that no redirect URI has. One visit at a time uses it.
    #[schemars(with = "Option<Link>")]
    pub request_uri: Option<Spanned<Link>>,
    /// The response mode of its authorization requests, if it is not the default: `form_post`
    /// (OAuth.FormPost §2), or `query.jwt`, `fragment.jwt`, `form_post.jwt` or `jwt` (OAuth.JARM §2.3).
    /// Every case then runs in that way, and looks inside of JWTs.
    pub response: Option<RequestedMode>,
    /// The resources that it may request access tokens for, if they are not the target's.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub resources: Vec<Spanned<Text>>,
    /// The authorization details that it may request, if they are not the target's.
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    #[serde(default)]
    pub authorization_details: Vec<Spanned<Value>>,
    /// The specification that its access tokens follow, if it is not the target's.
    pub access_tokens: Option<TokenProfile>,
    /// Who can use its access tokens: `bearer` (the default), whoever has them; `dpop` if it is registered to
    /// have them bound to a key always (RFC9449 §5.2): every case then runs with proofs of a key of
    /// its own; or `mtls` if it is registered to have them bound to its certificate (RFC8705 §3.4).
    #[schemars(with = "TokenKind")]
    #[serde(default)]
    pub tokens: Option<Spanned<TokenKind>>,
    /// The certificate that it presents when it connects to the server, for `auth = "tls_client_auth"`,
    /// `"self_signed_tls_client_auth"` and `tokens = "mtls"` (RFC8705): a file with the certificate and its
    /// private key in PEM, relative to the target file, as `authspec keys --certificate` makes one; or
    /// `env:NAME`, or the PEM itself. Its requests then go to `mtls_endpoint_aliases`, where the metadata has them.
    #[schemars(with = "Option<Text>")]
    pub certificate: Option<Spanned<Text>>,
    /// The registered redirect URIs, exactly as registered; the first one is used, and a second one
    /// makes more cases possible.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub redirect_uris: Vec<Spanned<Text>>,
    /// The URIs registered for the return after a logout (OpenID.RPInitiated §3.1), exactly as
    /// registered; the first one is used. Cases about the return need one.
    #[schemars(with = "Vec<String>", extend("items" = { "type": "string", "format": "uri" }))]
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<Spanned<Text>>,
    /// The URI registered for being told by the server, directly, that a session has ended
    /// (OpenID.BackChannel §2.2). If it is an http URI of this machine, with a port that no redirect
    /// URI has, authspec listens there, and cases about it become possible.
    #[schemars(with = "Option<Link>")]
    pub backchannel_logout_uri: Option<Spanned<Link>>,
    /// Whether it is registered to require that the session is named there.
    #[serde(default)]
    pub backchannel_logout_session_required: bool,
    /// The URI registered for being loaded in a frame when a session has ended (OpenID.FrontChannel §2). If it is an
    /// http URI of this machine, with a port that no redirect URI in this file has, authspec listens there.
    /// Servers want its port in a registered redirect URI, which then is not named here.
    #[schemars(with = "Option<Link>")]
    pub frontchannel_logout_uri: Option<Spanned<Link>>,
    /// Whether it is registered to require that issuer and session are named there.
    #[serde(default)]
    pub frontchannel_logout_session_required: bool,
    /// The grant types it is registered for; none, `[]`, for a resource server that introspects
    /// tokens if the clients may not.
    #[serde(default = "code_grant")]
    pub grants: Vec<String>,
    /// The scope that its valid flows request, if it is not the target's.
    pub scope: Option<Text>,
    /// Whether it is an app on the user's own device, and registered as one (RFC8252 §8.4).
    #[serde(default)]
    pub native: bool,
    /// The challenge method of its valid flows (RFC7636 §4.2); `S256` by default.
    #[serde(default)]
    pub challenge_method: ChallengeMethod,
    /// The verifier of its valid flows, or `env:NAME`, if it is not a new one each time.
    #[schemars(with = "Option<Text>")]
    pub verifier: Option<Spanned<Text>>,
    /// Additional parameters of its authorization requests, if they are not the target's.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    #[serde(default)]
    pub authorize: ParamsFile,
    /// Additions to its token requests, other than those with a refresh token.
    #[serde(default)]
    pub token: ExtraFile,
    /// Additions to its requests with a refresh token.
    #[serde(default)]
    pub refresh: ExtraFile,
}

impl TargetFile {
    /// What its clients use beyond RFC6749.
    pub(super) fn extensions(&self) -> ExtensionsFile<'_> {
        ExtensionsFile {
            response: None,
            resources: &self.resources,
            authorization_details: &self.authorization_details,
            access_tokens: self.access_tokens,
        }
    }
}

impl ClientFile {
    /// What it uses beyond RFC6749.
    pub(super) fn extensions(&self) -> ExtensionsFile<'_> {
        ExtensionsFile {
            response: self.response,
            resources: &self.resources,
            authorization_details: &self.authorization_details,
            access_tokens: self.access_tokens,
        }
    }
}

/// What a user signs in with: a password, a passkey or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[user.alice]`")]
#[schemars(transform = without_null)]
pub struct UserFile {
    /// The password, or `env:NAME`.
    pub password: Option<Text>,
    /// The secret of the user's one-time codes (RFC6238), or `env:NAME`: in base32, or as the
    /// `otpauth://` URI for authenticator apps.
    #[schemars(with = "Option<Text>")]
    pub otp: Option<Spanned<Text>>,
    /// A passkey, used by a virtual authenticator in the browser: `new` for one that is registered
    /// when the server asks for it; or a JSON file, relative to the target file, or `env:NAME`,
    /// with a passkey in WebDriver's format, with `credentialId`, `rpId`, `privateKey` and
    /// `userHandle`.
    #[schemars(with = "Option<Text>")]
    pub passkey: Option<Spanned<Text>>,
    /// What the userinfo endpoint must tell about the user, as in `{ name = "Alice Liddell", email
    /// = "alice@example.org" }` (OpenID.Core §5.1); cases about claims compare it with these.
    #[schemars(with = "BTreeMap<String, Value>")]
    #[serde(default)]
    pub claims: BTreeMap<Spanned<String>, Spanned<Value>>,
}

fn code_grant() -> Vec<String> {
    vec![crate::oauth::names::AUTHORIZATION_CODE.to_owned()]
}
