//! Known deviations of a target: cases that fail, each with the reason.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::source::Mistake;
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

/// Adds a mistake if this is no name of a case.
pub(super) fn is_case(case: &Spanned<String>, found: &mut Vec<Mistake>) {
    let parts = case.get_ref().split('/').filter(|part| !part.is_empty()).count();
    if parts != 2 {
        let what = format!("`{}` is not a case", case.get_ref());
        let right = "write `[\"suite/case\"]`, or `[\"suite/case@client\"]` for a single client";
        found.push(Mistake::new(case.span(), what, right));
    }
}

/// Adds what is wrong with the entry.
pub(super) fn deviation(entry: &KnownEntry, found: &mut Vec<Mistake>) {
    if entry.reason.get_ref().trim().is_empty() {
        let right = "say why the target deviates, and where it was reported";
        found.push(Mistake::new(entry.reason.span(), "a deviation without a reason", right));
    }
    if entry.finding.get_ref().trim().is_empty() {
        let right = "write what the run shows, so that a different finding is reported";
        found.push(Mistake::new(entry.finding.span(), "a deviation without a finding", right));
    }
}
