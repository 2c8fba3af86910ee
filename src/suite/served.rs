//! A document that a case serves to the server under test.

use schemars::JsonSchema;
use serde::Deserialize;

use super::expect::Status;
use super::json::JsonTemplate;
use super::template::Template;
use crate::source::without_null;

/// A document at the address `{document}`, which authspec serves to the server while the case runs:
/// `json` or `body`, or neither for an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ json = [\"{redirect_uri}\"] }`")]
#[schemars(transform = without_null)]
pub struct Served {
    /// Its content, as JSON.
    pub json: Option<JsonTemplate>,
    /// Its content, as text.
    pub body: Option<Template>,
    /// Its media type, if it is not `application/json`, or `text/plain` for a `body`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The status of the answer; 200 by default.
    pub status: Option<Status>,
    /// Where the answer redirects to.
    pub location: Option<Template>,
}

impl Served {
    /// Its media type.
    pub fn content_type(&self) -> &str {
        let default = if self.body.is_some() { "text/plain" } else { "application/json" };
        self.kind.as_deref().unwrap_or(default)
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let json = self.json.iter().flat_map(JsonTemplate::templates);
        json.chain(&self.body).chain(&self.location)
    }
}
