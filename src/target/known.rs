//! Known deviations of a target: cases that fail, each with the reason.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::suite::AnyOf;

/// `known.toml` in the folder of a target file: deviations by case, as `suite/case` or
/// `suite/case@client`; a list of them (`[["suite/case"]]`) if a case deviates in several ways, or
/// differently under each ruleset.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(
    title = "authspec known deviations",
    with = "BTreeMap<String, AnyOf<KnownEntry>>",
    extend("propertyNames" = { "pattern": "^[a-z0-9-]+/[a-z0-9-]+(@.+)?$" })
)]
pub struct KnownFile(pub BTreeMap<Spanned<String>, AnyOf<KnownEntry>>);

/// A known deviation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table, as in `{ reason = \"vendor#1234\", finding = \"200\" }`"
)]
pub struct KnownEntry {
    /// Why it deviates, and where it was reported.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// Text that the finding contains, or the reason why a case is inconclusive; a result with
    /// another text is not known.
    #[schemars(with = "String")]
    pub finding: Spanned<String>,
    /// Whether it occurs in some runs and not in others, as races do: it is never out of date.
    #[serde(default)]
    pub sometimes: bool,
    /// The rulesets that it applies to; all by default.
    #[serde(default)]
    #[schemars(with = "Option<AnyOf<String>>")]
    pub ruleset: Option<Spanned<AnyOf<String>>>,
}

/// A known deviation, as a run uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Why it deviates, and where it was reported.
    pub reason: String,
    /// Text that the finding contains.
    pub finding: String,
    /// Whether it occurs in some runs and not in others.
    pub sometimes: bool,
    /// The rulesets that it applies to; empty for all.
    pub rulesets: Vec<String>,
}

impl Known {
    /// Whether it applies under the ruleset.
    pub fn counts_under(&self, ruleset: &str) -> bool {
        self.rulesets.is_empty() || self.rulesets.iter().any(|name| name == ruleset)
    }
}

impl From<KnownEntry> for Known {
    fn from(entry: KnownEntry) -> Self {
        let rulesets = entry.ruleset.map(Spanned::into_inner);
        Self {
            reason: entry.reason.into_inner(),
            finding: entry.finding.into_inner(),
            sometimes: entry.sometimes,
            rulesets: rulesets.iter().flat_map(AnyOf::iter).cloned().collect(),
        }
    }
}
