//! What a client uses beyond RFC6749, and what the server does for it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use url::Url;

use super::text::Text;
use crate::oauth::RequestedMode;
use crate::source::Mistake;

/// The specification that the server's access tokens follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TokenProfile {
    /// The profile for JWTs (RFC9068).
    #[serde(rename = "rfc9068")]
    Rfc9068,
}

/// What a client uses by specifications of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// The response mode of its authorization requests, if it is not the default.
    pub response: Option<RequestedMode>,
    /// The resources that it may request tokens for (RFC8707 §2).
    pub resources: Vec<String>,
    /// Authorization details that it may request (RFC9396 §2).
    pub authorization_details: Vec<Value>,
    /// What its access tokens follow, if they do not say so.
    pub access_tokens: Option<TokenProfile>,
}

/// The same as in a file, for the whole target or for a client.
pub(super) struct ExtensionsFile<'a> {
    pub(super) response: Option<RequestedMode>,
    pub(super) resources: &'a [Spanned<Text>],
    pub(super) authorization_details: &'a [Spanned<Value>],
    pub(super) access_tokens: Option<TokenProfile>,
}

impl Extensions {
    /// Reads them; those of the whole target apply where the file has none.
    pub(super) fn read(file: &ExtensionsFile<'_>, all: &Self) -> (Self, Vec<Mistake>) {
        let wrong = file.resources.iter().filter_map(wrong_resource);
        let wrong = wrong.chain(file.authorization_details.iter().filter_map(wrong_details));
        let resources = file.resources.iter().map(|it| it.get_ref().text.clone()).collect();
        let details = file.authorization_details.iter().map(|it| it.get_ref().clone()).collect();
        let read = Self {
            response: file.response,
            resources: or(resources, &all.resources),
            authorization_details: or(details, &all.authorization_details),
            access_tokens: file.access_tokens.or(all.access_tokens),
        };
        (read, wrong.collect())
    }
}

fn or<T: Clone>(own: Vec<T>, all: &[T]) -> Vec<T> {
    if own.is_empty() { all.to_vec() } else { own }
}

fn wrong_resource(resource: &Spanned<Text>) -> Option<Mistake> {
    let text = &resource.get_ref().text;
    let is_fit = Url::parse(text).is_ok() && !text.contains('#');
    (!is_fit).then(|| {
        let what = format!("`{text}` is not an absolute URI without a fragment (RFC8707 §2)");
        Mistake::new(resource.span(), what, "write one such as `https://api.example`")
    })
}

fn wrong_details(details: &Spanned<Value>) -> Option<Mistake> {
    let kind = details.get_ref().get("type").and_then(Value::as_str).unwrap_or_default();
    kind.is_empty().then(|| {
        let what = "authorization details without a `type` (RFC9396 §2)";
        Mistake::new(details.span(), what, "write it, as in `{ type = \"payment\" }`")
    })
}
