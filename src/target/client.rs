//! Clients and users of a target.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::certificate::ClientCertificate;
use super::extension::Extensions;
use super::extra::ExtraParams;
use super::otp::Otp;
use super::passkey::Passkey;
use crate::oauth::jws::Signer;
use crate::oauth::names::{AUTHORIZATION_CODE, IMPLICIT};
use crate::oauth::pkce::ChallengeMethod;
use crate::oauth::{AuthMethod, RequestForm, TokenKind};

/// What stands in the target file for the address of the endpoint to which an assertion goes.
pub(super) const EACH_ENDPOINT: &str = "{endpoint}";

/// A client that is registered at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name in the target file.
    pub name: String,
    /// Its client identifier (RFC6749 §2.2).
    pub id: String,
    /// How it authenticates at the token endpoint.
    pub auth: AuthMethod,
    /// Its secret, empty for a public client or one with a key.
    pub secret: String,
    /// What signs its assertions and request objects, if it can sign.
    pub signer: Option<Signer>,
    /// The audience of its assertions, if it is not the issuer; `{endpoint}` for the endpoint to which they go.
    pub audience: Option<String>,
    /// Whether its requests have `client_id` beside an assertion.
    pub sends_client_id: bool,
    /// How it passes its authorization requests to the server.
    pub request: RequestForm,
    /// The registered address of its request objects, if the server takes no other.
    pub request_uri: Option<String>,
    /// Who can use its access tokens.
    pub tokens: TokenKind,
    /// The certificate that it presents, if it has one (RFC8705).
    pub certificate: Option<ClientCertificate>,
    /// Its registered redirect URIs; the first one is used.
    pub redirect_uris: Vec<String>,
    /// Its URIs for the return after a logout (OpenID.RPInitiated §3.1); the first one is used.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the server tells it that a session has ended (OpenID.BackChannel §2.2).
    pub backchannel_logout_uri: Option<String>,
    /// Whether it requires that the session is named there.
    pub backchannel_logout_session_required: bool,
    /// Where the user agent is sent, in a frame, when a session has ended (OpenID.FrontChannel §2).
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it requires that issuer and session are named there.
    pub frontchannel_logout_session_required: bool,
    /// The grant types that it is registered for (RFC7591 §2).
    pub grants: Vec<String>,
    /// The scope that its valid flows request.
    pub scope: String,
    /// Whether it is an app on the user's own device (RFC8252 §1).
    pub native: bool,
    /// The challenge method of its valid flows.
    pub challenge_method: ChallengeMethod,
    /// The verifier of its valid flows, if it is not a new one each time.
    pub verifier: Option<String>,
    /// Additional parameters of its valid requests.
    pub extra_params: ExtraParams,
    /// What it uses beyond RFC6749.
    pub extensions: Extensions,
}

impl Client {
    /// Whether it cannot authenticate (RFC6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.auth == AuthMethod::None
    }

    /// Whether its identifier or secret changes when it is form-encoded (RFC6749 §2.3.1).
    pub fn has_encoded_secret(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte);
        !self.id.bytes().chain(self.secret.bytes()).all(is_plain)
    }

    /// The audience of its assertions for this endpoint of the issuer (RFC7523 §3).
    pub fn audience<'a>(&'a self, issuer: &'a str, endpoint: &'a str) -> &'a str {
        match &self.audience {
            Some(_) if self.names_endpoints() => endpoint,
            Some(audience) => audience,
            None => issuer,
        }
    }

    /// Whether its assertions name the endpoint to which they go, each its own.
    pub fn names_endpoints(&self) -> bool {
        self.audience.as_deref() == Some(EACH_ENDPOINT)
    }

    /// Whether it pushes its authorization requests before each visit (RFC9126).
    pub fn pushes(&self) -> bool {
        self.request.is_pushed()
    }

    /// Whether its access tokens are bound to a key, of which it sends proofs (RFC9449 §5.2).
    pub fn sends_proofs(&self) -> bool {
        self.tokens == TokenKind::Dpop
    }

    /// Whether its access tokens are bound to its certificate (RFC8705 §3).
    pub fn binds_to_certificate(&self) -> bool {
        self.tokens == TokenKind::Mtls
    }

    /// Whether it may use the authorization code grant.
    pub fn uses_codes(&self) -> bool {
        self.may(AUTHORIZATION_CODE)
    }

    /// Whether it only uses the implicit grant, so that none of its own requests asks for a code.
    pub fn is_implicit(&self) -> bool {
        self.may(IMPLICIT) && !self.uses_codes()
    }

    /// Whether it sends users to the authorization endpoint.
    pub fn visits(&self) -> bool {
        !self.redirect_uris.is_empty() && (self.uses_codes() || self.may(IMPLICIT))
    }

    /// Whether it is registered for the grant type.
    pub fn may(&self, grant: &str) -> bool {
        self.grants.iter().any(|known| known == grant)
    }

    /// The redirect URI of its valid flows.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uris.first().map_or("", String::as_str)
    }

    /// The first redirect URI on a loopback IP literal, or, with `ipv6_only`, on the IPv6 one
    /// (RFC8252 §7.3).
    pub fn loopback_uri(&self, ipv6_only: bool) -> Option<&str> {
        self.uri(|url| match url.host() {
            _ if url.scheme() != "http" => false,
            Some(Host::Ipv4(ip)) => ip.is_loopback() && !ipv6_only,
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            _ => false,
        })
    }

    /// The first redirect URI with a private-use scheme, which is a reversed domain name (RFC8252
    /// §7.1).
    pub fn private_use_uri(&self) -> Option<&str> {
        self.uri(|url| url.scheme().contains('.'))
    }

    /// A redirect URI that is not the first one.
    pub fn another_uri(&self) -> Option<&str> {
        let mut others = self.redirect_uris.iter().filter(|uri| *uri != self.redirect_uri());
        others.next().map(String::as_str)
    }

    /// The first redirect URI that has a query (RFC6749 §3.1.2).
    pub fn uri_with_query(&self) -> Option<&str> {
        self.uri(|url| url.query().is_some_and(|query| !query.is_empty()))
    }

    /// All URIs at which a browser may arrive.
    pub fn browser_uris(&self) -> impl Iterator<Item = &String> {
        self.redirect_uris.iter().chain(&self.post_logout_redirect_uris)
    }

    /// The URI to which its valid logouts return, if there is one.
    pub fn logout_uri(&self) -> Option<&str> {
        self.post_logout_redirect_uris.first().map(String::as_str)
    }

    /// A URI for the return after a logout that is not the first one.
    pub fn another_logout_uri(&self) -> Option<&str> {
        self.post_logout_redirect_uris.get(1).map(String::as_str)
    }

    /// The first URI for the return after a logout that has a query.
    pub fn logout_uri_with_query(&self) -> Option<&str> {
        let mut uris = self.post_logout_redirect_uris.iter();
        uris.find(|uri| uri.contains('?')).map(String::as_str)
    }

    /// A redirect URI that is not registered for the return after a logout.
    pub fn login_only_uri(&self) -> Option<&str> {
        let mut uris = self.redirect_uris.iter();
        uris.find(|uri| !self.post_logout_redirect_uris.contains(uri)).map(String::as_str)
    }

    /// A URI for the return after a logout that belongs to this other client alone.
    pub fn logout_uri_of<'a>(&self, other: &'a Self) -> Option<&'a str> {
        let mut theirs = other.post_logout_redirect_uris.iter();
        theirs.find(|uri| !self.post_logout_redirect_uris.contains(uri)).map(String::as_str)
    }

    fn uri(&self, fits: impl Fn(&Url) -> bool) -> Option<&str> {
        let mut uris = self.redirect_uris.iter().map(String::as_str);
        uris.find(|uri| Url::parse(uri).is_ok_and(|url| fits(&url)))
    }
}

/// A user who can sign in at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name to sign in with, which is also the name in the target file.
    pub name: String,
    /// The password, empty if there is none.
    pub password: String,
    /// The source of one-time codes.
    pub otp: Option<Otp>,
    /// Their passkeys.
    pub passkey: Option<Passkey>,
    /// What userinfo must tell of them (OpenID.Core §5.1).
    pub claims: Map<String, Value>,
}

impl User {
    /// The heading of its table in the target file.
    pub fn table(&self) -> String {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match self.name.chars().all(is_bare) {
            true => format!("[user.{}]", self.name),
            false => format!("[user.{}]", toml::Value::from(self.name.as_str())),
        }
    }

    /// A user who signs in with only a password.
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            otp: None,
            passkey: None,
            claims: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(uris: &[&str]) -> Client {
        Client {
            name: "app".to_owned(),
            id: "app".to_owned(),
            auth: AuthMethod::None,
            secret: String::new(),
            signer: None,
            audience: None,
            sends_client_id: false,
            request: RequestForm::Query,
            request_uri: None,
            tokens: TokenKind::Bearer,
            certificate: None,
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            grants: Vec::new(),
            scope: String::new(),
            native: true,
            challenge_method: ChallengeMethod::S256,
            verifier: None,
            extra_params: ExtraParams::default(),
            extensions: Extensions::default(),
        }
    }

    #[test]
    fn redirect_uris_are_known_by_their_kind() {
        let uris = [
            "https://app.example/cb",
            "http://localhost:1/cb",
            "http://127.0.0.1:1/cb?",
            "http://[::1]:1/cb?a=b",
            "com.example.app:/cb",
        ];
        let of = client(&uris);
        assert_eq!(of.loopback_uri(false), Some(uris[2]));
        assert_eq!(of.loopback_uri(true), Some(uris[3]));
        assert_eq!(of.uri_with_query(), Some(uris[3]));
        assert_eq!(of.private_use_uri(), Some(uris[4]));
        assert_eq!(client(&uris[..2]).loopback_uri(false), None);
    }

    #[test]
    fn an_assertion_is_for_whom_the_target_file_names() {
        let audience = |named: Option<&str>| {
            let client = Client { audience: named.map(str::to_owned), ..client(&[]) };
            client.audience("https://as.example", "https://as.example/par").to_owned()
        };
        assert_eq!(audience(None), "https://as.example");
        assert_eq!(audience(Some("https://as.example/token")), "https://as.example/token");
        assert_eq!(audience(Some("{endpoint}")), "https://as.example/par");
    }
}
