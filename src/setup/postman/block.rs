//! The OAuth 2.0 settings of a collection, folder or request.

use url::Url;

use super::param::{Param, Place, old_params, params};
use super::reader::Reader;
use super::variables::{Resolved, Variables};
use crate::oauth::AuthMethod;
use crate::oauth::names::{CODE_VERIFIER, PASSWORD, REDIRECT_URI, SCOPE, STATE, USERNAME};
use crate::oauth::pkce::ChallengeMethod;
use crate::source::{Json, Mistake};

/// A grant, by its Postman name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Code,
    Pkce,
    Implicit,
    Password,
    Client,
}

/// The names of grants.
const GRANTS: &[(&str, Grant)] = &[
    ("authorization_code", Grant::Code),
    ("authorization_code_with_pkce", Grant::Pkce),
    ("implicit", Grant::Implicit),
    ("password_credentials", Grant::Password),
    ("client_credentials", Grant::Client),
];

/// The names of challenge methods.
const METHODS: &[(&str, ChallengeMethod)] =
    &[("S256", ChallengeMethod::S256), ("plain", ChallengeMethod::Plain)];

/// The names of client authentication methods.
const METHODS_OF_CLIENTS: &[(&str, AuthMethod)] =
    &[("header", AuthMethod::ClientSecretBasic), ("body", AuthMethod::ClientSecretPost)];

/// The contents of a block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) grant: Grant,
    pub(super) auth_url: Option<Resolved>,
    pub(super) token_url: Option<Resolved>,
    pub(super) refresh_url: Option<Resolved>,
    pub(super) client_id: Option<Resolved>,
    pub(super) client_secret: Option<Resolved>,
    pub(super) auth: AuthMethod,
    pub(super) scope: Option<Resolved>,
    pub(super) redirect_uri: Option<Resolved>,
    pub(super) challenge_method: ChallengeMethod,
    pub(super) verifier: Option<Resolved>,
    pub(super) username: Option<Resolved>,
    pub(super) password: Option<Resolved>,
    pub(super) use_browser: bool,
    pub(super) authorize: Vec<Param>,
    pub(super) token: Vec<Param>,
    pub(super) refresh: Vec<Param>,
    /// Whether there is or was a refresh token.
    pub(super) refreshes: bool,
    /// Settings that have no equivalent in a target file.
    pub(super) notes: Vec<String>,
}

impl Block {
    /// Whether the client and its requests are the same; a client has one block per grant.
    pub(super) fn is_same_client(&self, other: &Self) -> bool {
        let who = |it: &Self| (it.client_id.clone(), it.client_secret.clone(), it.auth);
        let how = |it: &Self| (it.scope.clone(), it.challenge_method, it.verifier.clone());
        who(self) == who(other)
            && how(self) == how(other)
            && self.authorize == other.authorize
            && self.token == other.token
            && self.refresh == other.refresh
    }
}

/// Reads a block. None if it only holds a token from elsewhere.
pub(super) fn block(
    json: Json<'_>,
    variables: &Variables,
    mistakes: &mut Vec<Mistake>,
) -> Option<Block> {
    let mut reader = Reader::new(json, variables, mistakes);
    let (named, grant) = (reader.has("grant_type"), reader.word("grant_type", GRANTS));
    let (auth_url, token_url) = (url(&mut reader, "authUrl"), url(&mut reader, "accessTokenUrl"));
    if !named && auth_url.is_none() && token_url.is_none() {
        return None;
    }
    // Without a valid grant, the required URLs are unknown.
    if let Some(grant) = grant.or((!named).then_some(Grant::Code)) {
        missing_urls(&mut reader, grant, auth_url.is_some(), token_url.is_some());
    }
    let grant = grant.unwrap_or(Grant::Code);
    let mut notes = Vec::new();
    if !named {
        notes.push("`grant_type` is missing; authorization_code is assumed".to_owned());
    }
    let place = if grant == Grant::Implicit { Place::Query } else { Place::Body };
    let old = ["audience", "resource"].map(|name| old_params(&mut reader, name, place)).concat();
    let mut authorize = params(&mut reader, "authRequestParams", Place::Query);
    let mut token = params(&mut reader, "tokenRequestParams", Place::Body);
    if grant == Grant::Implicit { &mut authorize } else { &mut token }.extend(old);
    let refresh = params(&mut reader, "refreshRequestParams", Place::Body);
    let pkce = grant == Grant::Pkce;
    let method = if pkce { reader.word("challengeAlgorithm", METHODS) } else { None };
    let refresh_url = url(&mut reader, "refreshTokenUrl");
    let refresh_token = reader.take("refreshToken").is_some();
    let mut block = Block {
        grant,
        refreshes: refresh_token || refresh_url.is_some() || !refresh.is_empty(),
        auth_url,
        token_url,
        refresh_url,
        client_id: reader.text("clientId"),
        client_secret: reader.text("clientSecret"),
        auth: reader
            .word("client_authentication", METHODS_OF_CLIENTS)
            .unwrap_or(AuthMethod::ClientSecretBasic),
        scope: reader.text(SCOPE),
        redirect_uri: reader.text(REDIRECT_URI),
        challenge_method: method.unwrap_or_default(),
        verifier: reader.text(CODE_VERIFIER).filter(|_| pkce),
        username: reader.text(USERNAME),
        password: reader.text(PASSWORD),
        use_browser: reader.flag("useBrowser"),
        authorize,
        token,
        refresh,
        notes,
    };
    asides(reader, &mut block);
    Some(block)
}

/// A URL, which must be valid unless variables are missing.
fn url(reader: &mut Reader<'_>, key: &str) -> Option<Resolved> {
    let span = reader.span_of(key);
    let resolved = reader.text(key)?;
    let parsed = Url::parse(&resolved.text);
    let is_url = parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if resolved.missing.is_empty() && !is_url {
        let what = format!("the {key} `{}` is not a URL", resolved.text);
        reader.wrong(span, what, "write one such as `https://as.example/token`");
        return None;
    }
    Some(resolved)
}

/// Reports missing URLs that a grant requires.
fn missing_urls(reader: &mut Reader<'_>, grant: Grant, auth: bool, token: bool) {
    let visits = matches!(grant, Grant::Code | Grant::Pkce | Grant::Implicit);
    for (key, label, is_missing) in [
        ("authUrl", "Auth URL", visits && !auth),
        ("accessTokenUrl", "Access Token URL", grant != Grant::Implicit && !token),
    ] {
        // An invalid URL has already been reported.
        let span = reader.span_of(key);
        let is_said = reader.has(key) && reader.mistakes.iter().any(|it| it.span == span);
        if is_missing && !is_said {
            let right = format!("fill in {label} in Postman, and export the collection again");
            reader.wrong(reader.span.clone(), format!("OAuth 2.0 without its `{key}`"), right);
        }
    }
}

/// Notes Postman settings that have no equivalent in a target file.
fn asides(mut reader: Reader<'_>, block: &mut Block) {
    let mut note = |text: &str| block.notes.push(text.to_owned());
    if reader.text(STATE).is_some() {
        note("`state` is the same every time in Postman; here each request has a new one");
    }
    if block.grant == Grant::Code {
        note(
            "Postman sends no challenge with this grant; here each request has one, which a server \
            without PKCE must ignore (RFC6749 §3.1)",
        );
    }
    if block.use_browser {
        note("`useBrowser`: here `--agent` chooses the user agent; the default is a browser");
    }
    if reader.text("addTokenTo").is_some_and(|place| place.text == "queryParams") {
        note("`addTokenTo`: access tokens are sent in the header here, never in the URL");
    }
    let prefix = reader.text("headerPrefix").map(|prefix| prefix.text);
    if prefix.is_some_and(|prefix| !prefix.eq_ignore_ascii_case("bearer")) {
        note("`headerPrefix`: access tokens are sent as Bearer tokens here (RFC6750 §2.1)");
    }
    if ["accessToken", "access_token", "idToken"]
        .map(|name| reader.take(name))
        .iter()
        .any(Option::is_some)
    {
        note("the tokens in the collection are not used; each case gets new ones");
    }
    for known in ["tokenName", "tokenType", "challengeAlgorithm", "useIdToken", "id", "expires_in"]
    {
        reader.take(known);
    }
    for unknown in reader.rest() {
        block.notes.push(format!("`{unknown}` is unknown, and left out"));
    }
}
