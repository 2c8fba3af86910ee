//! A document that a case serves to the server under test.

use schemars::JsonSchema;
use serde::Deserialize;

use super::expect::Status;
use super::json::JsonTemplate;
use super::template::Template;
use crate::source::without_null;

/// A document at the address `{document}`, which authspec serves to the server while the case runs:
/// `json`, `body` or `object`, or none of these for an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ json = [\"{redirect_uri}\"] }`")]
#[schemars(transform = without_null)]
pub struct Served {
    /// Its content, as JSON.
    pub json: Option<JsonTemplate>,
    /// Its content, as text.
    pub body: Option<Template>,
    /// Its content is the request object of the step: the request refers to it by `request_uri`, in
    /// place of containing it (RFC9101 §5.2).
    #[serde(default)]
    pub object: bool,
    /// Its media type, if it is not `application/json`, or `text/plain` for a `body`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The status of the answer; 200 by default.
    pub status: Option<Status>,
    /// What is wrong with the certificate with which it is served over https.
    pub certificate: Option<BadCertificate>,
    /// Where the answer redirects to.
    pub location: Option<Template>,
    /// Another document in its place, `from` a step on.
    pub later: Option<Box<Self>>,
    /// The step from which on this document is served in place of the one before.
    pub from: Option<String>,
}

/// What is wrong with a certificate that is sound otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "`untrusted`, `wrong-host` or `expired`")]
pub enum BadCertificate {
    /// No authority vouches for it but one that is made for this.
    Untrusted,
    /// It is for another host. `listener_ca` vouches for it.
    WrongHost,
    /// It has expired. `listener_ca` vouches for it.
    Expired,
}

impl Served {
    /// Its media type.
    pub fn content_type(&self) -> &str {
        let default = match self.body {
            _ if self.object => "application/oauth-authz-req+jwt",
            Some(_) => "text/plain",
            None => "application/json",
        };
        self.kind.as_deref().unwrap_or(default)
    }

    /// Every template in it.
    pub fn templates(&self) -> Vec<&Template> {
        let json = self.json.iter().flat_map(JsonTemplate::templates);
        let later = self.later.iter().flat_map(|later| later.templates());
        json.chain(&self.body).chain(&self.location).chain(later).collect()
    }

    /// Whether another document is in its place from this step on.
    pub fn changes_at(&self, step: &str) -> bool {
        self.later.as_ref().is_some_and(|later| later.from.as_deref() == Some(step))
    }

    /// Whether it is served with a bad certificate, from the start or later.
    pub fn has_bad_certificate(&self) -> bool {
        let is_later = self.later.as_ref().is_some_and(|later| later.certificate.is_some());
        self.certificate.is_some() || is_later
    }

    /// Whether it is the request object of a step.
    pub fn has_object(&self) -> bool {
        self.object || self.later.as_ref().is_some_and(|later| later.object)
    }
}
