//! The clients that make most cases possible, as far as the server's metadata allows them.

use crate::oauth::metadata::is_openid;
use crate::oauth::names::{
    AUTHORIZATION_CODE, CLIENT_CREDENTIALS, GRANT_TYPES_SUPPORTED, IMPLICIT, OFFLINE_ACCESS,
    OPENID, PASSWORD, REFRESH_TOKEN, RESPONSE_TYPES_SUPPORTED, SCOPES_SUPPORTED,
    SUBJECT_TYPES_SUPPORTED, TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED, USERINFO_ENDPOINT,
};
use crate::oauth::{AuthMethod, Metadata};
use crate::target::is_reference;

/// The scopes that valid flows ask for, if the server lists them.
const SCOPES: [&str; 3] = [OPENID, "profile", OFFLINE_ACCESS];

/// A client to register.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) auth: AuthMethod,
    pub(super) redirect_uris: Vec<String>,
    pub(super) grants: Vec<&'static str>,
    pub(super) scope: String,
    pub(super) native: bool,
}

impl Wanted {
    /// The environment variable that holds its secret.
    pub(super) fn variable(&self) -> Option<String> {
        let is_public = self.auth == AuthMethod::None;
        (!is_public).then(|| format!("AUTHSPEC_{}_SECRET", self.name.to_ascii_uppercase()))
    }

    /// Why the metadata does not allow it, if the metadata lists what it allows.
    pub(super) fn excluded_by(&self, metadata: &Metadata) -> Option<String> {
        let grant = self.grants.first().copied().unwrap_or_default();
        let lists = [
            (TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED, self.auth.name()),
            (GRANT_TYPES_SUPPORTED, grant),
        ];
        // Many servers have public clients and do not list `none`, which is not an authentication method.
        let missing = lists
            .into_iter()
            .filter(|(_, value)| *value != AuthMethod::None.name())
            .find(|(list, value)| metadata.has(list) && !metadata.names(list, value));
        missing.map(|(list, value)| format!("{list} does not list {value}"))
    }
}

/// The clients that make most cases possible, as far as the metadata says that the server supports them.
pub(super) fn wanted(metadata: &Metadata, scope: &str, port: u16) -> Vec<Wanted> {
    let lists =
        |list: &str, value: &str| metadata.list(list).is_some_and(|values| values.contains(&value));
    let grant = |value: &str| lists(GRANT_TYPES_SUPPORTED, value);
    let (basic, post) = (
        lists(TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED, "client_secret_basic"),
        lists(TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED, "client_secret_post"),
    );
    // If neither is listed, the user knows best.
    let secret = match post && !basic {
        true => AuthMethod::ClientSecretPost,
        false => AuthMethod::ClientSecretBasic,
    };
    let uri = |path: &str| vec![format!("http://127.0.0.1:{port}/{path}")];
    let refresh = grant(REFRESH_TOKEN).then_some(REFRESH_TOKEN);
    let client = |name, auth, redirect_uris, first| Wanted {
        name,
        auth,
        redirect_uris,
        grants: [first].into_iter().chain(refresh).collect(),
        scope: scope.to_owned(),
        native: false,
    };
    let native = client("native", AuthMethod::None, uri("callback"), AUTHORIZATION_CODE);
    let mut clients = vec![
        Wanted { native: true, ..native },
        client("web", secret, uri("callback"), AUTHORIZATION_CODE),
    ];
    if basic && post {
        let post = AuthMethod::ClientSecretPost;
        clients.push(client("portal", post, uri("callback"), AUTHORIZATION_CODE));
    }
    clients.push(client("other", secret, uri("other"), AUTHORIZATION_CODE));
    if grant(CLIENT_CREDENTIALS) {
        // No user has signed in, so there is no user to make claims about.
        let service = client("service", secret, Vec::new(), CLIENT_CREDENTIALS);
        let (grants, scope) = (vec![CLIENT_CREDENTIALS], String::new());
        clients.push(Wanted { grants, scope, ..service });
    }
    if grant(IMPLICIT) && lists(RESPONSE_TYPES_SUPPORTED, "token") {
        // A web client that uses the implicit grant may not have loopback redirect URIs (OpenID.Registration §2).
        let legacy = client("legacy", AuthMethod::None, uri("callback"), IMPLICIT);
        clients.push(Wanted { grants: vec![IMPLICIT], native: true, ..legacy });
    }
    if grant(PASSWORD) {
        clients.push(client("password", secret, Vec::new(), PASSWORD));
    }
    clients
}

/// The useful scopes that the server lists; if it lists none, `openid` if it supports OpenID Connect.
pub(super) fn scope(metadata: &Metadata, url: &str) -> String {
    let Some(listed) = metadata.list(SCOPES_SUPPORTED) else {
        let of_openid = [USERINFO_ENDPOINT, SUBJECT_TYPES_SUPPORTED];
        let is_openid = is_openid(url) || of_openid.iter().any(|name| metadata.has(name));
        return if is_openid { OPENID.to_owned() } else { String::new() };
    };
    let known: Vec<_> = SCOPES.into_iter().filter(|scope| listed.contains(scope)).collect();
    match known.is_empty() {
        true => listed.iter().find(|it| !is_reference(it)).copied().unwrap_or_default().to_owned(),
        false => known.join(" "),
    }
}
