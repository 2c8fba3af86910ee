//! Steps: requests to an endpoint.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::source::each;

/// Defines the closed list of steps: variant, name, endpoint.
macro_rules! steps {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// The endpoints that a step can visit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum StepKind { $(#[doc = $doc] $variant,)* }

        impl StepKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word for it in suite files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

steps! {
    Metadata  "metadata"  "The server's metadata is fetched (RFC8414 §3)."
    OpenidMetadata "openid_metadata" "The server's OpenID Connect metadata is fetched (OpenID.Discovery §4.1)."
    Authorize "authorize" "The user agent visits the authorization endpoint (RFC6749 §4.1.1)."
    Push      "push"      "The client pushes an authorization request; a visit after it refers to that (RFC9126 §2.1)."
    Implicit  "implicit"  "The user agent visits the authorization endpoint for an access token (RFC6749 §4.2.1)."
    Token     "token"     "A code is redeemed at the token endpoint (RFC6749 §4.1.3)."
    Refresh   "refresh"   "A refresh token is redeemed at the token endpoint (RFC6749 §6)."
    Userinfo  "userinfo"  "The access token is used at the userinfo endpoint (OpenID.Core §5.3.1)."
    Resource "resource" "The access token is used at the resource of the target file, or at the userinfo endpoint if there is none."
    Introspect "introspect" "The client introspects the access token (RFC7662 §2.1)."
    Revoke    "revoke"    "The refresh token is revoked, or the access token if there is none (RFC7009 §2.1)."
    ClientCredentials "client_credentials" "The client requests a token for itself (RFC6749 §4.4.2)."
    JwtBearer "jwt_bearer" "The client exchanges a JWT about the user, which it has made, for a token (RFC7523 §2.1)."
    Password  "password"  "The client exchanges the user's password for tokens (RFC6749 §4.3.2)."
    Jwks      "jwks"      "The keys that ID tokens are signed with are fetched (RFC8414 §2)."
    RotateKeys "rotate_keys" "The operator makes the server sign with another key, as the target file says (OpenID.Core §10.1.1)."
    Register  "register"  "A new client is registered (RFC7591 §3.1)."
    Manage "manage" "That client is read at the address where it is managed; with the method PUT it is updated, with DELETE deleted (RFC7592 §2)."
    Unregister "unregister" "That client is deleted again, if the server allows it (RFC7592 §2.3)."
    Logout    "logout"    "The user agent visits the logout endpoint (OpenID.RPInitiated §2)."
    CheckSession "check_session" "A page of the client asks the server's frame whether the session has changed, in a real browser (OpenID.Session §3)."
    Backchannel "backchannel" "The server tells the client that the session has ended (OpenID.BackChannel §2.5)."
    Frontchannel "frontchannel" "The user agent is sent to the client in a frame, as the session has ended (OpenID.FrontChannel §2)."
    Frame     "frame"     "A real browser shows the authorization endpoint in a frame of another origin's page (RFC9700 §4.16)."
    Preflight "preflight" "A browser asks whether scripts of another origin may read the authorization endpoint (RFC9700 §2.6)."
    TokenPreflight "token_preflight" "A browser asks whether scripts of the client's origin may send more than a form to the token endpoint (RFC9700 §2.6)."
}

impl StepKind {
    /// Whether its request asks the token endpoint for tokens.
    pub fn asks_for_tokens(self) -> bool {
        matches!(
            self,
            Self::Token
                | Self::Refresh
                | Self::Password
                | Self::JwtBearer
                | Self::ClientCredentials
        )
    }

    /// Whether its request uses an access token.
    pub fn uses_token(self) -> bool {
        matches!(self, Self::Userinfo | Self::Resource)
    }

    /// Whether its request may have a proof that the client holds a key (RFC9449 §5, §7, §10.1).
    pub fn may_prove(self) -> bool {
        self.asks_for_tokens() || self == Self::Push || self.uses_token()
    }

    /// Whether the client may present a certificate with its request (RFC8705 §2, RFC8705 §3).
    pub fn may_present(self) -> bool {
        self.may_prove() || matches!(self, Self::Introspect | Self::Revoke)
    }

    /// The steps one of which has to come before this one, as it returns what this one sends; the
    /// usual one first.
    pub fn after(self) -> &'static [Self] {
        match self {
            Self::Metadata
            | Self::OpenidMetadata
            | Self::Jwks
            | Self::RotateKeys
            | Self::Push
            | Self::Authorize
            | Self::Implicit
            | Self::Password
            | Self::JwtBearer
            | Self::TokenPreflight
            | Self::Register
            | Self::ClientCredentials => &[],
            // It uses nothing from earlier steps, but a valid visit shows that the endpoint exists.
            Self::Token | Self::Preflight | Self::Frame | Self::CheckSession => &[Self::Authorize],
            Self::Refresh | Self::Logout => &[Self::Token],
            Self::Unregister | Self::Manage => &[Self::Register],
            Self::Backchannel | Self::Frontchannel => &[Self::Logout],
            Self::Userinfo => &[Self::Token, Self::Implicit],
            Self::Resource | Self::Introspect | Self::Revoke => {
                &[Self::Token, Self::Implicit, Self::ClientCredentials]
            }
        }
    }

    /// Whether it takes a session of the case's own.
    pub fn has_own_session(self) -> bool {
        matches!(self, Self::Logout | Self::CheckSession)
    }

    /// Whether the client is told that a session has ended.
    pub fn is_told(self) -> bool {
        matches!(self, Self::Backchannel | Self::Frontchannel)
    }

    /// Whether a user agent visits the authorization endpoint or the logout endpoint.
    pub fn is_visit(self) -> bool {
        matches!(self, Self::Authorize | Self::Implicit | Self::Logout)
    }

    /// Whether its request is an authorization request, however it is passed.
    pub fn passes_authorization_request(self) -> bool {
        matches!(self, Self::Authorize | Self::Implicit | Self::Push | Self::Frame)
    }

    /// Whether it asks what scripts of another origin may do, as browsers do.
    pub fn is_preflight(self) -> bool {
        matches!(self, Self::Preflight | Self::TokenPreflight)
    }
}

impl StepKind {
    /// Whether its request can be sent many times at once: by POST, and for tokens.
    pub(super) fn may_race(self) -> bool {
        matches!(self, Self::Token | Self::Refresh)
    }
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A step as a suite file names it: `token`, or `token:again` if one kind occurs twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", transform = describe_step)]
pub struct StepName {
    /// The kind of step.
    pub kind: StepKind,
    /// The name that `when` and `then` use.
    pub label: String,
}

impl TryFrom<String> for StepName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (kind, label) = text.split_once(':').unwrap_or((&text, &text));
        let Some(kind) = StepKind::ALL.iter().find(|known| known.name() == kind) else {
            let known: Vec<_> = StepKind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
            return Err(format!("unknown step `{kind}`; expected one of {}", known.join(", ")));
        };
        if label != kind.name() && !is_slug(label) {
            return Err(format!(
                "`{label}` is not a label; use lower-case letters, digits and hyphens, as in \
                 `token:again`"
            ));
        }
        Ok(Self { kind: *kind, label: label.to_owned() })
    }
}

/// Steps in the order in which they are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "Vec<StepName>")]
pub struct StepNames(#[serde(deserialize_with = "each")] pub Vec<Spanned<StepName>>);

impl StepNames {
    /// The steps without their positions in the file.
    pub fn names(&self) -> Vec<StepName> {
        self.0.iter().map(|step| step.get_ref().clone()).collect()
    }
}

/// Whether the text is a valid case name: lower-case letters, digits and single hyphens.
pub(super) fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// Lower-case letters, digits and single hyphens: the name of a case, the label of a step.
pub(super) const SLUG: &str = "[a-z0-9]+(-[a-z0-9]+)*";

/// The kinds of steps, by their names.
pub(super) fn step_words() -> Vec<&'static str> {
    StepKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// A step: one of the closed list, with a label if it occurs twice.
fn describe_step(schema: &mut Schema) {
    let pattern = format!("^({})(:{SLUG})?$", step_words().join("|"));
    schema.insert("pattern".to_owned(), pattern.into());
    schema.insert("examples".to_owned(), step_words().into());
}
