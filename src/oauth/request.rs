//! Requests to the endpoints, before they are sent.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use super::assertion::JWT_BEARER;
use super::certificate::Certificate;
use super::jwt;
use super::names::{
    CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, DPOP, GRANT_TYPES,
    REDIRECT_URIS, REQUEST, RESPONSE_TYPES,
};
use super::params::Params;

/// Token endpoint authentication methods, as the IANA registry spells them (RFC7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it identifies itself and has no secret.
    None,
    /// The secret in the `Authorization` header (RFC6749 §2.3.1).
    ClientSecretBasic,
    /// The secret in the request body (RFC6749 §2.3.1).
    ClientSecretPost,
    /// A JWT signed with the client's private key (RFC7523 §2.2, OpenID.Core §9).
    PrivateKeyJwt,
    /// A JWT with an HMAC that is keyed with the secret (RFC7523 §2.2, OpenID.Core §9).
    ClientSecretJwt,
    /// A certificate that others vouch for, by its subject (RFC8705 §2.1).
    TlsClientAuth,
    /// A certificate that is registered for the client (RFC8705 §2.2).
    SelfSignedTlsClientAuth,
}

impl AuthMethod {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether the client sends its secret with each request.
    pub fn sends_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Whether the client sends a JWT, and never its secret.
    pub fn is_assertion(self) -> bool {
        matches!(self, Self::PrivateKeyJwt | Self::ClientSecretJwt)
    }

    /// Whether the client presents a certificate, and never a secret.
    pub fn is_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

/// How a client passes its authorization requests to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestForm {
    /// As parameters of the address that the user agent visits (RFC6749 §4.1.1).
    #[default]
    Query,
    /// As a signed request object in that address (RFC9101 §5.1, OpenID.Core §6.1).
    Object,
    /// As the address of a signed request object, which the server fetches from authspec (RFC9101 §5.2,
    /// OpenID.Core §6.2).
    Reference,
    /// Pushed to the server before each visit; the user agent carries a reference (RFC9126).
    Pushed,
    /// Pushed as a signed request object (RFC9126 §3).
    PushedObject,
}

impl RequestForm {
    /// The word for it in target and suite files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Object => "object",
            Self::Reference => "reference",
            Self::Pushed => "pushed",
            Self::PushedObject => "pushed-object",
        }
    }

    /// Whether the client pushes its request before each visit.
    pub fn is_pushed(self) -> bool {
        matches!(self, Self::Pushed | Self::PushedObject)
    }

    /// Whether the request is a signed object.
    pub fn is_object(self) -> bool {
        matches!(self, Self::Object | Self::Reference | Self::PushedObject)
    }

    /// The same without a signed object.
    pub fn without_object(self) -> Self {
        match self.is_pushed() {
            true => Self::Pushed,
            false => Self::Query,
        }
    }

    /// The same with a signed object.
    pub fn with_object(self) -> Self {
        match self {
            Self::Pushed | Self::PushedObject => Self::PushedObject,
            Self::Query | Self::Object => Self::Object,
            Self::Reference => Self::Reference,
        }
    }
}

/// Who can use the access tokens of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Whoever has them (RFC6750).
    #[default]
    Bearer,
    /// Whoever holds the key that they are bound to, and proves it with each request (RFC9449).
    Dpop,
    /// Whoever presents the certificate that they are bound to (RFC8705 §3).
    Mtls,
}

impl TokenKind {
    /// The word for it in target files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
        }
    }
}

/// How a request authenticates its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all.
    #[default]
    Absent,
    /// By client identifier and secret in the `Authorization` header.
    Basic {
        /// The client identifier.
        id: String,
        /// The client secret.
        secret: String,
    },
    /// By an access token in the `Authorization` header (RFC6750 §2.1).
    Bearer(String),
    /// By an access token that is bound to a key, in the `Authorization` header (RFC9449 §7.1).
    Dpop(String),
}

impl Authentication {
    /// The value of the `Authorization` header: both halves of Basic are form-encoded first
    /// (RFC6749 §2.3.1).
    pub fn header(&self) -> Option<String> {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        match self {
            Self::Absent => None,
            Self::Basic { id, secret } => {
                let pair = format!("{}:{}", form_encoded(id), form_encoded(secret));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Self::Bearer(token) => Some(format!("Bearer {token}")),
            Self::Dpop(token) => Some(format!("DPoP {token}")),
        }
    }

    /// The same with this access token.
    pub fn with_token(&self, token: String) -> Self {
        match self {
            Self::Dpop(_) => Self::Dpop(token),
            _ => Self::Bearer(token),
        }
    }
}

/// The HTTP methods of requests to endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Parameters in the query.
    #[default]
    Get,
    /// Parameters in the body.
    Post,
    /// Asks what another request could do, as browsers do for scripts of other origins; parameters
    /// in the query.
    Options,
    /// Replaces the resource at the address; parameters in the body.
    Put,
    /// Deletes the resource at the address.
    Delete,
}

impl Method {
    /// As sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Options => "OPTIONS",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether its parameters are in the body.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }
}

/// The format of a request body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// As `application/x-www-form-urlencoded`, as all endpoints expect (RFC6749 Appendix B).
    #[default]
    Form,
    /// As members of a JSON object.
    Json,
    /// As client metadata: members of a JSON object, some of which are lists (RFC7591 §2).
    ClientMetadata,
    /// As client metadata inside of a JSON array.
    JsonArray,
    /// As client metadata without the closing brace, which is no JSON.
    CutJson,
}

/// A request to an endpoint: the parameters as they will be sent, and the sender's authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The endpoint, which may have its own query.
    pub endpoint: String,
    /// Parameters of the query.
    pub query: Params,
    /// Parameters of the body, which are sent only with POST.
    pub body: Params,
    /// The format of the body.
    pub format: BodyFormat,
    /// Members of client metadata whose values are JSON rather than texts.
    pub json: BTreeSet<String>,
    /// Additional header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The `Authorization` header.
    pub authentication: Authentication,
    /// The certificate that the client presents.
    pub certificate: Option<Certificate>,
}

impl Request {
    /// A request without parameters.
    pub fn new(method: Method, endpoint: &str) -> Self {
        Self {
            method,
            endpoint: endpoint.to_owned(),
            query: Params::default(),
            body: Params::default(),
            format: BodyFormat::Form,
            json: BTreeSet::new(),
            headers: Vec::new(),
            authentication: Authentication::Absent,
            certificate: None,
        }
    }

    /// Identifies the client, and authenticates it by `method` (RFC6749 §2.3.1, §3.2.1), unless
    /// that takes an assertion.
    pub fn authenticate(&mut self, method: AuthMethod, id: &str, secret: &str) {
        match method {
            AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
                self.body.set(CLIENT_ID, id);
            }
            AuthMethod::ClientSecretBasic => {
                self.authentication =
                    Authentication::Basic { id: id.to_owned(), secret: secret.to_owned() };
            }
            AuthMethod::ClientSecretPost => {
                self.body.set(CLIENT_ID, id);
                self.body.set(CLIENT_SECRET, secret);
            }
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt => {}
        }
    }

    /// Authenticates the client by this assertion (RFC7521 §4.2).
    pub fn assert(&mut self, assertion: &str) {
        self.body.set(CLIENT_ASSERTION_TYPE, JWT_BEARER);
        self.body.set(CLIENT_ASSERTION, assertion);
    }

    /// The proof that the client holds a key, if it sends one; the first of several (RFC9449 §4.1).
    pub fn proof(&self) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(name, _)| name == DPOP);
        named.next().map(|(_, proof)| proof.as_str())
    }

    /// The JWTs that the client made for this request, by parameter or header field: header and
    /// payload.
    pub fn jwts(&self) -> impl Iterator<Item = (&str, (Value, Value))> {
        let all = self.query.iter().chain(self.body.iter());
        let made = all.filter(|(name, _)| [CLIENT_ASSERTION, REQUEST].contains(name));
        let made = made.chain(self.proof().map(|proof| (DPOP, proof)));
        made.filter_map(|(name, value)| Some((name, jwt::parts(value)?)))
    }

    /// Sets the header field to this single value.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
    }

    /// The parameters that this method carries by default: the body of POST, the query of others.
    pub fn params(&self) -> &Params {
        if self.method.has_body() { &self.body } else { &self.query }
    }

    /// The same parameters, mutable.
    pub fn params_mut(&mut self) -> &mut Params {
        if self.method.has_body() { &mut self.body } else { &mut self.query }
    }

    /// The request with another method, and its parameters moved accordingly.
    pub fn by(mut self, method: Method) -> Self {
        if method.has_body() != self.method.has_body() {
            std::mem::swap(&mut self.query, &mut self.body);
        }
        self.method = method;
        self
    }

    /// The encoded body, empty if the method has none.
    pub fn body_text(&self) -> String {
        if !self.method.has_body() {
            return String::new();
        }
        match self.format {
            BodyFormat::Form => self.body.encode(),
            BodyFormat::Json => {
                let members = self.body.iter().map(|(name, value)| (name.to_owned(), value.into()));
                Value::Object(members.collect()).to_string()
            }
            BodyFormat::ClientMetadata => self.client_metadata().to_string(),
            BodyFormat::JsonArray => Value::Array(vec![self.client_metadata()]).to_string(),
            BodyFormat::CutJson => {
                let mut text = self.client_metadata().to_string();
                text.pop();
                text
            }
        }
    }

    /// The body as client metadata: repeated members, and those that are always lists, are lists.
    pub fn client_metadata(&self) -> Value {
        const LISTS: [&str; 3] = [REDIRECT_URIS, GRANT_TYPES, RESPONSE_TYPES];
        let member = |name: &str| match LISTS.contains(&name) {
            _ if self.json.contains(name) => {
                let text = self.body.get(name).unwrap_or_default();
                serde_json::from_str(text).unwrap_or_else(|_| text.into())
            }
            true => Value::from(self.body.all(name).collect::<Vec<_>>()),
            false => Value::from(self.body.get(name)),
        };
        let names = self.body.iter().map(|(name, _)| name);
        Value::Object(names.map(|name| (name.to_owned(), member(name))).collect())
    }

    /// Sets a member of client metadata to a JSON value.
    pub fn set_member(&mut self, name: &str, value: &Value) {
        self.params_mut().set(name, value.to_string());
        self.json.insert(name.to_owned());
    }

    /// Sets a parameter to a text.
    pub fn set_text(&mut self, name: &str, text: impl Into<String>) {
        self.params_mut().set(name, text);
        self.json.remove(name);
    }

    /// The media type of the body, or `None` if the method has none.
    pub fn content_type(&self) -> Option<&'static str> {
        match self.format {
            _ if !self.method.has_body() => None,
            BodyFormat::Form => Some("application/x-www-form-urlencoded"),
            _ => Some("application/json"),
        }
    }

    /// The endpoint followed by the query; the endpoint's own query is kept (RFC6749 §3.1).
    pub fn url(&self) -> String {
        if self.query.is_empty() {
            return self.endpoint.clone();
        }
        let joint = if self.endpoint.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.endpoint, self.query.encode())
    }
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_basic_are_form_encoded() {
        let basic = Authentication::Basic { id: "a:b".to_owned(), secret: "c d+%".to_owned() };
        // a%3Ab:c+d%2B%25
        assert_eq!(basic.header().unwrap(), "Basic YSUzQWI6YytkJTJCJTI1");
    }

    #[test]
    fn an_endpoint_keeps_its_own_query() {
        let mut request = Request::new(Method::Get, "https://as.example/authorize?tenant=1");
        request.query.set("a", "b");
        assert_eq!(request.url(), "https://as.example/authorize?tenant=1&a=b");
        assert_eq!(request.by(Method::Post).body.get("a"), Some("b"));
    }

    #[test]
    fn a_body_is_a_form_or_json() {
        let mut request = Request::new(Method::Post, "https://as.example/token");
        request.body.set("code", "a b");
        assert_eq!(request.body_text(), "code=a+b");
        request.format = BodyFormat::Json;
        assert_eq!(request.body_text(), r#"{"code":"a b"}"#);
        assert_eq!(request.content_type(), Some("application/json"));
        assert_eq!(request.by(Method::Options).body_text(), "");
    }
}
