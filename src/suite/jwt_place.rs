//! Which JWT an expectation about claims, headers and signatures is about.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::step::StepKind;

/// A JWT that a server makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JwtPlace {
    /// The ID token (OpenID.Core §2).
    #[default]
    IdToken,
    /// The access token; the case is not applicable if it is not a JWT.
    AccessToken,
    /// The access token; the case is not applicable unless its `typ` or the target file says that it
    /// follows RFC9068.
    Rfc9068,
    /// The authorization response (OAuth.JARM §2).
    Response,
    /// The answer to an introspection request (RFC9701 §5).
    Introspection,
    /// The answer of the userinfo endpoint (OpenID.Core §5.3.2).
    Userinfo,
}

impl JwtPlace {
    /// What it is called in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdToken => "ID token",
            Self::AccessToken | Self::Rfc9068 => "access token",
            Self::Response => "authorization response",
            Self::Introspection => "introspection response",
            Self::Userinfo => "userinfo response",
        }
    }
}

impl JwtPlace {
    /// Whether answers at this step may contain it.
    pub(super) fn is_at(self, kind: StepKind) -> bool {
        match self {
            Self::Response => kind.is_visit(),
            Self::Introspection => kind == StepKind::Introspect,
            Self::Userinfo => kind == StepKind::Userinfo,
            Self::IdToken | Self::AccessToken | Self::Rfc9068 => matches!(
                kind,
                StepKind::Authorize
                    | StepKind::Implicit
                    | StepKind::Token
                    | StepKind::Refresh
                    | StepKind::ClientCredentials
                    | StepKind::JwtBearer
                    | StepKind::Password
            ),
        }
    }
}

impl fmt::Display for JwtPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
