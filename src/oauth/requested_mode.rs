//! The response modes that clients request for all their authorization responses.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a client has its authorization responses sent, if not in the default way of their response
/// type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RequestedMode {
    /// In a form that the browser posts (OAuth.FormPost §2).
    #[serde(rename = "form_post")]
    FormPost,
    /// As a JWT in the query of the redirect URI (OAuth.JARM §2.3.1).
    #[serde(rename = "query.jwt")]
    QueryJwt,
    /// As a JWT in its fragment (OAuth.JARM §2.3.2).
    #[serde(rename = "fragment.jwt")]
    FragmentJwt,
    /// As a JWT in a form that the browser posts (OAuth.JARM §2.3.3).
    #[serde(rename = "form_post.jwt")]
    FormPostJwt,
    /// As a JWT in the default place of the response type (OAuth.JARM §2.3.4).
    #[serde(rename = "jwt")]
    Jwt,
}

impl RequestedMode {
    /// Whether responses are JWTs (OAuth.JARM §2).
    pub fn is_jwt(self) -> bool {
        self != Self::FormPost
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
            Self::Jwt => "jwt",
        }
    }
}
