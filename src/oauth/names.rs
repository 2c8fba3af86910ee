//! The names of parameters, as the registries spell them.
//!
//! Each is written here once, so that the rest of the project cannot misspell one.

/// The grant type of the authorization code grant, which is also a feature of clients (RFC6749 §4.1.3).
pub const AUTHORIZATION_CODE: &str = "authorization_code";
/// The grant type that redeems a refresh token, and the name of the token (RFC6749 §6).
pub const REFRESH_TOKEN: &str = "refresh_token";
/// The grant type of the implicit grant in client and server metadata (RFC7591 §2).
pub const IMPLICIT: &str = "implicit";
/// The grant type of a client that acts for itself (RFC6749 §4.4.2).
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The grant type of a JWT (RFC7523 §2.1).
pub const JWT_BEARER_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The parameter with that JWT (RFC7521 §4.1).
pub const ASSERTION: &str = "assertion";
/// The response type of the implicit grant (RFC6749 §4.2.1), and the name of the token to revoke or
/// introspect (RFC7009 §2.1, RFC7662 §2.1).
pub const TOKEN: &str = "token";
/// Whether a token is valid (RFC7662 §2.2).
pub const ACTIVE: &str = "active";
/// The access token in an answer (RFC6749 §5.1).
pub const ACCESS_TOKEN: &str = "access_token";
/// The ID token in an answer (OpenID.Core §3.1.3.3).
pub const ID_TOKEN: &str = "id_token";
/// The authorization code (RFC6749 §4.1.2).
pub const CODE: &str = "code";
/// The client's own value that is returned with the answer (RFC6749 §4.1.1).
pub const STATE: &str = "state";
/// The error code of a refusal (RFC6749 §4.1.2.1).
pub const ERROR: &str = "error";
/// Errors in place of 500 and 503, for which a redirect has no status (RFC6749 §4.1.2.1).
pub const TROUBLES: &[&str] = &[SERVER_ERROR, "temporarily_unavailable"];
/// The error in a redirect in place of the status 500 (RFC6749 §4.1.2.1).
pub const SERVER_ERROR: &str = "server_error";
/// The metadata's list of authentication context classes (OpenID.Discovery §3).
pub const ACR_VALUES_SUPPORTED: &str = "acr_values_supported";
/// The issuer in an authorization response (RFC9207 §2).
pub const ISS: &str = "iss";
/// When the user signed in, in ID tokens (OpenID.Core §2).
pub const AUTH_TIME: &str = "auth_time";
/// The session, in ID tokens and logout tokens (OpenID.BackChannel §2.1).
pub const SID: &str = "sid";
/// The token with which a server tells a client that a session has ended (OpenID.BackChannel §2.5).
pub const LOGOUT_TOKEN: &str = "logout_token";
/// The user's identifier at the server, in ID tokens (OpenID.Core §2).
pub const SUB: &str = "sub";
/// The client's identifier (RFC6749 §2.2).
pub const CLIENT_ID: &str = "client_id";
/// The client's secret (RFC6749 §2.3.1).
pub const CLIENT_SECRET: &str = "client_secret";
/// The JWT with which a client authenticates (RFC7521 §4.2).
pub const CLIENT_ASSERTION: &str = "client_assertion";
/// The request object of an authorization request (RFC9101 §5, OpenID.Core §6.1).
pub const REQUEST: &str = "request";
/// A reference to an authorization request (RFC9101 §5, RFC9126 §2.2).
pub const REQUEST_URI: &str = "request_uri";
/// What kind of assertion that is (RFC7521 §4.2).
pub const CLIENT_ASSERTION_TYPE: &str = "client_assertion_type";
/// Whether the server takes request objects (OpenID.Discovery §3).
pub const REQUEST_PARAMETER_SUPPORTED: &str = "request_parameter_supported";
/// The claims that a client asks for (OpenID.Core §5.5).
pub const CLAIMS: &str = "claims";
/// Whom a JWT is for (RFC7519 §4.1.3).
pub const AUD: &str = "aud";
/// Where to send the answer (RFC6749 §3.1.2).
pub const REDIRECT_URI: &str = "redirect_uri";
/// What the client requests from the authorization endpoint (RFC6749 §3.1.1).
pub const RESPONSE_TYPE: &str = "response_type";
/// How to send the answer (OAuth.ResponseTypes §2.1).
pub const RESPONSE_MODE: &str = "response_mode";
/// The JWT with the parameters of an authorization response (OAuth.JARM §2.3).
pub const RESPONSE: &str = "response";
/// What a token is for: the resource where it will be used (RFC8707 §2).
pub const RESOURCE: &str = "resource";
/// What the client requests from the token endpoint (RFC6749 §4.1.3).
pub const GRANT_TYPE: &str = "grant_type";
/// The lifetime of the access token in seconds (RFC6749 §5.1).
pub const EXPIRES_IN: &str = "expires_in";
/// The requested access (RFC6749 §3.3).
pub const SCOPE: &str = "scope";
/// Ties an ID token to the request (OpenID.Core §3.1.2.1).
pub const NONCE: &str = "nonce";
/// The secret of a PKCE exchange (RFC7636 §4.1).
pub const CODE_VERIFIER: &str = "code_verifier";
/// What the verifier is checked against (RFC7636 §4.2).
pub const CODE_CHALLENGE: &str = "code_challenge";
/// How the challenge was made (RFC7636 §4.3).
pub const CODE_CHALLENGE_METHOD: &str = "code_challenge_method";
/// Which pages to show to the user (OpenID.Core §3.1.2.1).
pub const PROMPT: &str = "prompt";
/// A value of `prompt` (OpenID.Core §3.1.2.1).
pub const SELECT_ACCOUNT: &str = "select_account";
/// How long ago the user may have signed in (OpenID.Core §3.1.2.1).
pub const MAX_AGE: &str = "max_age";
/// The ID token of the user who should be signed in (OpenID.Core §3.1.2.1).
pub const ID_TOKEN_HINT: &str = "id_token_hint";
/// Where a registered client can be changed or deleted (RFC7592 §3).
pub const REGISTRATION_CLIENT_URI: &str = "registration_client_uri";
/// The token for that (RFC7592 §3).
pub const REGISTRATION_ACCESS_TOKEN: &str = "registration_access_token";
/// A client's redirect URIs at registration (RFC7591 §2).
pub const REDIRECT_URIS: &str = "redirect_uris";
/// The grant types that a client registers for (RFC7591 §2).
pub const GRANT_TYPES: &str = "grant_types";
/// The response types that a client registers for (RFC7591 §2).
pub const RESPONSE_TYPES: &str = "response_types";
/// How a client will authenticate (RFC7591 §2).
pub const TOKEN_ENDPOINT_AUTH_METHOD: &str = "token_endpoint_auth_method";
/// The server's own identifier (RFC8414 §2).
pub const ISSUER: &str = "issuer";
/// The address of the authorization endpoint (RFC8414 §2).
pub const AUTHORIZATION_ENDPOINT: &str = "authorization_endpoint";
/// The address of the token endpoint (RFC8414 §2).
pub const TOKEN_ENDPOINT: &str = "token_endpoint";
/// The address of the userinfo endpoint (OpenID.Discovery §3).
pub const USERINFO_ENDPOINT: &str = "userinfo_endpoint";
/// The address of the introspection endpoint (RFC8414 §2).
pub const INTROSPECTION_ENDPOINT: &str = "introspection_endpoint";
/// The address of the revocation endpoint (RFC8414 §2).
pub const REVOCATION_ENDPOINT: &str = "revocation_endpoint";
/// The address of the frame that says whether a session has changed (OpenID.Session §3.3).
pub const CHECK_SESSION_IFRAME: &str = "check_session_iframe";
/// The state of the session in an authentication response (OpenID.Session §2).
pub const SESSION_STATE: &str = "session_state";
/// The address of the logout endpoint (OpenID.RPInitiated §2.1).
pub const END_SESSION_ENDPOINT: &str = "end_session_endpoint";
/// Where to send the user after a logout (OpenID.RPInitiated §2).
pub const POST_LOGOUT_REDIRECT_URI: &str = "post_logout_redirect_uri";
/// The address of the registration endpoint (RFC8414 §2).
pub const REGISTRATION_ENDPOINT: &str = "registration_endpoint";
/// The address for pushed authorization requests (RFC9126 §5).
pub const PUSHED_AUTHORIZATION_REQUEST_ENDPOINT: &str = "pushed_authorization_request_endpoint";
/// Whether authorization requests must be pushed (RFC9126 §5).
pub const REQUIRE_PUSHED_AUTHORIZATION_REQUESTS: &str = "require_pushed_authorization_requests";
/// The endpoints of clients that present certificates (RFC8705 §5).
pub const MTLS_ENDPOINT_ALIASES: &str = "mtls_endpoint_aliases";
/// The keys of a client, by value (RFC7591 §2).
pub const JWKS: &str = "jwks";
/// The address of the keys of the server (RFC8414 §2) or of a client (RFC7591 §2).
pub const JWKS_URI: &str = "jwks_uri";
/// The grant types that the server supports (RFC8414 §2).
pub const GRANT_TYPES_SUPPORTED: &str = "grant_types_supported";
/// The response types that the server supports (RFC8414 §2).
pub const RESPONSE_TYPES_SUPPORTED: &str = "response_types_supported";
/// The scopes that the server supports (RFC8414 §2).
pub const SCOPES_SUPPORTED: &str = "scopes_supported";
/// The subject types that the server supports (OpenID.Discovery §3).
pub const SUBJECT_TYPES_SUPPORTED: &str = "subject_types_supported";
/// How clients may authenticate to introspect tokens (RFC8414 §2).
pub const INTROSPECTION_ENDPOINT_AUTH_METHODS_SUPPORTED: &str =
    "introspection_endpoint_auth_methods_supported";
/// How clients may authenticate to revoke tokens (RFC8414 §2).
pub const REVOCATION_ENDPOINT_AUTH_METHODS_SUPPORTED: &str =
    "revocation_endpoint_auth_methods_supported";
/// Whether the server tells clients directly that a session has ended (OpenID.BackChannel §2.1).
pub const BACKCHANNEL_LOGOUT_SUPPORTED: &str = "backchannel_logout_supported";
/// Whether the server sends user agents to clients when a session ends (OpenID.FrontChannel §3).
pub const FRONTCHANNEL_LOGOUT_SUPPORTED: &str = "frontchannel_logout_supported";
/// How clients may authenticate (RFC8414 §2).
pub const TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED: &str = "token_endpoint_auth_methods_supported";
/// The keys of a JWK Set (RFC7517 §5).
pub const KEYS: &str = "keys";
/// The scope that requests an ID token (OpenID.Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// The scope with which clients ask for refresh tokens (OpenID.Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Parameters that a server issues: secret or new on every run, each redacted under its own name.
pub const RECEIVED: &[&str] = &[
    ACCESS_TOKEN,
    REFRESH_TOKEN,
    ID_TOKEN,
    CODE,
    SESSION_STATE,
    LOGOUT_TOKEN,
    CLIENT_SECRET,
    REGISTRATION_ACCESS_TOKEN,
    REGISTRATION_CLIENT_URI,
];

/// Whether the parameters are an authorization response that a client would act on (RFC6749 §4.1.2,
/// §4.2.2).
pub fn answers_authorization(name: &str) -> bool {
    [CODE, ACCESS_TOKEN, ID_TOKEN, ERROR].contains(&name)
}
/// A grant type, and the parameter with the user's password (RFC6749 §4.3.2).
pub const PASSWORD: &str = "password";
/// The parameter with the user's name (RFC6749 §4.3.2).
pub const USERNAME: &str = "username";
/// The error for a user who must sign in but may not be asked to (OpenID.Core §3.1.2.6).
pub const LOGIN_REQUIRED: &str = "login_required";
/// The error for a client that is unknown or not authenticated (RFC6749 §5.2).
pub const INVALID_CLIENT: &str = "invalid_client";
/// The error for a request that is malformed (RFC6749 §5.2).
pub const INVALID_REQUEST: &str = "invalid_request";
/// The error for a scope that is unknown or not allowed (RFC6749 §4.1.2.1, §5.2).
pub const INVALID_SCOPE: &str = "invalid_scope";
/// The error for a client that may not use a grant or response type (RFC6749 §4.1.2.1, §5.2).
pub const UNAUTHORIZED_CLIENT: &str = "unauthorized_client";
/// The error for a grant type that the server does not support (RFC6749 §5.2).
pub const UNSUPPORTED_GRANT_TYPE: &str = "unsupported_grant_type";
/// The error for a response type that the server does not support (RFC6749 §4.1.2.1).
pub const UNSUPPORTED_RESPONSE_TYPE: &str = "unsupported_response_type";
/// The header field with a proof (RFC9449 §4.1), in lower case.
pub const DPOP: &str = "dpop";
/// The header field with a nonce for later proofs (RFC9449 §8), in lower case.
pub const DPOP_NONCE: &str = "dpop-nonce";
/// The parameter that names the key which a code is bound to (RFC9449 §10).
pub const DPOP_JKT: &str = "dpop_jkt";
/// The error for a proof that is missing or not valid (RFC9449 §5).
pub const INVALID_DPOP_PROOF: &str = "invalid_dpop_proof";
/// The error that asks for a nonce (RFC9449 §8, §9).
pub const USE_DPOP_NONCE: &str = "use_dpop_nonce";
/// The algorithms of proofs, in metadata (RFC9449 §5.1).
pub const DPOP_SIGNING_ALG_VALUES_SUPPORTED: &str = "dpop_signing_alg_values_supported";
/// The error for a request object that is not valid (RFC9101 §7).
pub const INVALID_REQUEST_OBJECT: &str = "invalid_request_object";
/// The error of a server that takes no request objects (RFC9101 §7).
pub const REQUEST_NOT_SUPPORTED: &str = "request_not_supported";
/// How an access token is used (RFC6749 §5.1).
pub const TOKEN_TYPE: &str = "token_type";
/// The identifier of a JWT (RFC7519 §4.1.7).
pub const JTI: &str = "jti";
/// What a logout token says has happened (OpenID.BackChannel §2.4).
pub const EVENTS: &str = "events";
/// The claim with the members of an introspection response in a JWT (RFC9701 §5).
pub const TOKEN_INTROSPECTION: &str = "token_introspection";
/// The media type of an introspection response in a JWT (RFC9701 §5).
pub const INTROSPECTION_MEDIA_TYPE: &str = "application/token-introspection+jwt";
/// The `typ` of an access token that is a JWT, in short and in full (RFC9068 §2.1).
pub const ACCESS_TOKEN_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];
/// What users are told that the client is called (RFC7591 §2).
pub const CLIENT_NAME: &str = "client_name";
/// Whether the client is native or a web client (OpenID.Registration §2).
pub const APPLICATION_TYPE: &str = "application_type";
/// Where a client's users may return to after a logout (OpenID.RPInitiated §3.1).
pub const POST_LOGOUT_REDIRECT_URIS: &str = "post_logout_redirect_uris";
/// When a client's secret expires (RFC7591 §3.2.1).
pub const CLIENT_SECRET_EXPIRES_AT: &str = "client_secret_expires_at";
/// When a client was registered (RFC7591 §3.2.1).
pub const CLIENT_ID_ISSUED_AT: &str = "client_id_issued_at";
