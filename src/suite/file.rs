//! The words of a suite file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::any_of::AnyOf;
use super::change::Change;
use super::expect::Expect;
use super::step::StepName;
use super::template::Template;
use crate::oauth::Cite;

/// A suite: the requirements of one topic, in the order of the specification.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec suite")]
pub struct SuiteFile {
    /// What the suite is about.
    pub title: String,
    /// The steps of a case that does not say.
    #[serde(default)]
    pub steps: Vec<StepName>,
    /// The client of a case that does not say.
    #[serde(default)]
    pub client: ClientKind,
    /// What every case needs.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// The requirements.
    #[schemars(with = "Vec<RequirementFile>")]
    pub requirement: Vec<Spanned<RequirementFile>>,
}

/// A requirement: a citation, what it says, and exactly one proof.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementFile {
    /// The section that says so, as in `RFC7636 §4.6`.
    pub cite: Cite,
    /// What it says, in our own words, with MUST in it.
    #[schemars(with = "Option<String>")]
    pub must: Option<Spanned<String>>,
    /// What it says, in our own words, with SHOULD in it.
    #[schemars(with = "Option<String>")]
    pub should: Option<Spanned<String>>,
    /// What it says, in our own words, with MAY in it.
    #[schemars(with = "Option<String>")]
    pub may: Option<Spanned<String>>,
    /// Proof: the cases that try it, by name.
    #[schemars(with = "BTreeMap<String, CaseFile>")]
    #[serde(default)]
    pub case: BTreeMap<Spanned<String>, CaseFile>,
    /// The name of an invariant.
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
    /// Proof: an invariant; on every answer at this step that looks like this, `then` must hold.
    #[schemars(with = "BTreeMap<String, Expect>")]
    #[serde(default)]
    pub whenever: BTreeMap<Spanned<String>, Expect>,
    /// What must hold `whenever` it applies; a list means any of these.
    #[schemars(with = "BTreeMap<String, AnyOf<Expect>>")]
    #[serde(default)]
    pub then: BTreeMap<Spanned<String>, Spanned<AnyOf<Expect>>>,
    /// Proof: cases that stand elsewhere, as `suite/case`.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub see: Vec<Spanned<String>>,
    /// Proof: why there can be none.
    #[schemars(with = "Option<String>")]
    pub untested: Option<Spanned<String>>,
}

/// A case: what differs from a valid flow, and what must then be seen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Which kind of client acts.
    pub client: Option<ClientKind>,
    /// What the target has to support.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// Which steps are taken.
    #[schemars(with = "Option<Vec<StepName>>")]
    pub steps: Option<Spanned<Vec<Spanned<StepName>>>>,
    /// The client's own verifier; its challenge follows.
    pub verifier: Option<Template>,
    /// The changes, by step.
    #[schemars(with = "BTreeMap<String, Change>")]
    #[serde(default)]
    pub when: BTreeMap<Spanned<String>, Spanned<Change>>,
    /// What must be seen, by step; a list means any of these.
    #[schemars(with = "BTreeMap<String, AnyOf<Expect>>")]
    #[serde(default)]
    pub then: BTreeMap<Spanned<String>, Spanned<AnyOf<Expect>>>,
}

/// Which client of the target a case acts as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub enum ClientKind {
    /// The first one without a secret.
    #[default]
    Public,
    /// The first one with a secret.
    Confidential,
    /// Each in turn.
    Each,
    /// The first one that sends its secret in the `Authorization` header.
    ClientSecretBasic,
    /// The first one that sends its secret in the request body.
    ClientSecretPost,
    /// The one of that name in the target file, written `client:name`.
    Named(String),
}

impl TryFrom<String> for ClientKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "public" => Self::Public,
            "confidential" => Self::Confidential,
            "each" => Self::Each,
            "client_secret_basic" => Self::ClientSecretBasic,
            "client_secret_post" => Self::ClientSecretPost,
            other => match other.strip_prefix("client:") {
                Some(name) => Self::Named(name.to_owned()),
                None => {
                    return Err(format!(
                        "unknown client kind `{other}`, expected one of `public`, `confidential`, \
                         `each`, `client_secret_basic`, `client_secret_post`, `client:<name>`"
                    ));
                }
            },
        })
    }
}

/// What a target has to support for a case to make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// The server serves metadata (RFC8414 §3).
    Metadata,
    /// The code flow yields refresh tokens (RFC6749 §6).
    RefreshToken,
    /// There is a userinfo endpoint (OpenID.Core §5.3).
    Userinfo,
    /// The scope `openid` yields ID tokens (OpenID.Core §3.1.2.1).
    Openid,
    /// The challenge method `plain` is supported (RFC7636 §4.2).
    Plain,
    /// The challenge method `plain` is not supported (RFC7636 §4.4.1).
    NoPlain,
    /// The client is not registered for the implicit grant (RFC7591 §2).
    NoImplicit,
}

impl Feature {
    /// The word for it in suite and target files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::RefreshToken => "refresh_token",
            Self::Userinfo => "userinfo",
            Self::Openid => "openid",
            Self::Plain => "plain",
            Self::NoPlain => "no_plain",
            Self::NoImplicit => "no_implicit",
        }
    }
}
