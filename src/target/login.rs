//! Login scripts: pages recognized by their elements.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scraper::Selector;
use serde::{Deserialize, Deserializer};

use crate::source::each;

/// What to do on a page, whenever it is shown, until the visit lands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[login]]`")]
pub struct LoginRule {
    /// The page is recognized by this element.
    pub shows: Css,
    /// What to type, by element: text with `{user.name}` and `{user.password}` in it, or
    /// `{user.otp}` alone, for a one-time code.
    #[schemars(with = "BTreeMap<Css, Typed>")]
    #[serde(default, deserialize_with = "typed")]
    pub fill: BTreeMap<Css, String>,
    /// Check boxes to tick.
    #[serde(default, deserialize_with = "each")]
    pub check: Vec<Css>,
    /// What to click afterwards.
    pub click: Css,
    /// What to click in order to refuse, on a consent page.
    pub refuse: Option<Css>,
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
            Err(_) => Err(format!(
                "`{text}` is not a CSS selector; write one such as `#kc-login` or \
                 `input[name=user]`"
            )),
        }
    }
}

/// The placeholder for a one-time code.
pub const ONE_TIME_CODE: &str = "{user.otp}";

/// Text to type, with `{user.name}` and `{user.password}` in it, or `{user.otp}` alone.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Typed(String);

impl TryFrom<String> for Typed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = ["user.name", "user.password"];
        let mut names = text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or(rest));
        match names.find(|name| !known.contains(name)) {
            Some(_) if text == ONE_TIME_CODE => Ok(Self(text)),
            Some("user.otp") => Err(format!(
                "`{{user.otp}}` is combined with something else; write `{ONE_TIME_CODE}` alone, \
                 in its own field"
            )),
            Some(name) => Err(format!(
                "unknown placeholder `{{{name}}}`; expected `{{user.name}}`, `{{user.password}}` \
                 or `{{user.otp}}`"
            )),
            None => Ok(Self(text)),
        }
    }
}

fn typed<'de, D: Deserializer<'de>>(table: D) -> Result<BTreeMap<Css, String>, D::Error> {
    let texts = BTreeMap::<Css, Typed>::deserialize(table)?;
    Ok(texts.into_iter().map(|(field, text)| (field, text.0)).collect())
}
