//! Known deviations of a target: cases that fail, each with the reason.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// `known.toml` beside a target file: deviations by case, as `suite/case` or `suite/case@client`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(
    title = "authspec known deviations",
    with = "BTreeMap<String, Known>",
    extend("propertyNames" = { "pattern": "^[a-z0-9-]+/[a-z0-9-]+(@.+)?$" })
)]
pub struct KnownFile(pub BTreeMap<Spanned<String>, Spanned<Known>>);

/// A known deviation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, as in `{ reason = \"vendor#1234\", finding = \"200\" }`"
)]
pub struct Known {
    /// Why it is so, and where it was reported.
    pub reason: String,
    /// Text that the finding contains, or the reason why a case is inconclusive; what says something
    /// else is not known.
    pub finding: String,
    /// Whether it is seen in some runs and not in others, as races are: it is never out of date.
    #[serde(default)]
    pub sometimes: bool,
}
