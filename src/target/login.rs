//! Login scripts: pages recognised by what they show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scraper::Selector;
use serde::Deserialize;

/// What to do on a page, whenever it shows, until the visit lands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRule {
    /// The page is recognised by this element.
    pub shows: Css,
    /// What to type, by element: text with `{user.name}` and `{user.password}` in it.
    #[serde(default)]
    pub fill: BTreeMap<Css, String>,
    /// Check boxes to tick.
    #[serde(default)]
    pub check: Vec<Css>,
    /// What to click then.
    pub click: Css,
}

/// A CSS selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Css(String);

impl Css {
    /// The selector as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The selector, ready to match.
    pub fn selector(&self) -> Selector {
        Selector::parse(&self.0).expect("it was parsed when the file was read")
    }
}

impl TryFrom<String> for Css {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Selector::parse(&text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!(
                "`{text}` is no CSS selector: {error}; write one as in `#kc-login` or `input[name=user]`"
            )),
        }
    }
}
