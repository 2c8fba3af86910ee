//! Values of a target file that may come from the environment.

use schemars::JsonSchema;
use serde::Deserialize;
use url::{ParseError, Url};

use super::ports::{FIXED_PORT, open_port};

/// Text that may come from the environment instead, written `env:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Text {
    /// The text itself.
    pub text: String,
    /// Whether it came from the environment, and may be a secret.
    pub hidden: bool,
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (text, hidden) = from_environment(text)?;
        Ok(Self { text, hidden })
    }
}

/// What a reference to the environment begins with.
pub(super) const REFERENCE: &str = "env:";

/// Whether a text in a target file refers to the environment.
pub fn is_reference(text: &str) -> bool {
    text.starts_with(REFERENCE)
}

/// The text, or its value from the environment, and which of the two it is.
fn from_environment(text: String) -> Result<(String, bool), String> {
    let Some(name) = text.strip_prefix(REFERENCE) else { return Ok((text, false)) };
    std::env::var(name).map(|text| (text, true)).map_err(|_| {
        format!("the environment variable {name} is not set; set it, as in `{name}=… authspec run`")
    })
}

/// An absolute http or https URL without a fragment, kept exactly as written, or `env:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("format" = "uri", "pattern" = "^(https?://[^#]+|env:.+)$"))]
pub struct Link {
    /// As written; issuers are compared by this (RFC8414 §3.3).
    pub text: String,
    /// The same, parsed.
    pub url: Url,
}

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        from_environment(text).and_then(|(text, _)| Self::parse(text))
    }
}

impl Link {
    /// Parses a URL without resolving references to the environment.
    ///
    /// # Errors
    /// Why it is not such a URL.
    pub fn parse(text: String) -> Result<Self, String> {
        if let Some(what) = open_port(&text) {
            return Err(format!("{what}; {FIXED_PORT}"));
        }
        let right = "write one such as `https://as.example/tenant`";
        match Url::parse(&text) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                Err(format!("`{text}` is neither http nor https; {right}"))
            }
            Ok(url) if url.fragment().is_some() => Err(format!("`{text}` has a fragment; {right}")),
            Ok(url) => Ok(Self { text, url }),
            Err(ParseError::RelativeUrlWithoutBase) => {
                Err(format!("`{text}` does not begin with https:// or http://; {right}"))
            }
            Err(error) => Err(format!("`{text}` is not a URL: {error}; {right}")),
        }
    }
}
