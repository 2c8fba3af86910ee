//! Rulesets: which specifications are in force.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::schema;
use crate::oauth::Cite;
use crate::oauth::cite::specifications;

/// The rulesets of a folder of suites, by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(title = "authspec rulesets")]
pub struct RulesetFile(pub BTreeMap<String, Ruleset>);

/// The specifications in force for a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[bcp]`")]
pub struct Ruleset {
    /// Its title.
    pub title: String,
    /// The specifications whose requirements are in force.
    #[schemars(schema_with = "schema::specification_names")]
    pub specifications: Vec<Spanned<String>>,
    /// Cases that a newer specification among these has made obsolete, as `suite/case`.
    #[schemars(schema_with = "schema::case_ids")]
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
}

impl Ruleset {
    /// All known specifications together.
    pub fn all() -> Self {
        let named = |name: &str| Spanned::new(0..0, name.to_owned());
        let title = "all specifications".to_owned();
        Self { title, specifications: specifications().map(named).collect(), without: Vec::new() }
    }

    /// Whether a requirement of that section is in force.
    pub fn holds(&self, cite: &Cite) -> bool {
        self.specifications.iter().any(|name| *name.get_ref() == cite.specification)
    }

    /// Whether the case is obsolete.
    pub fn voids(&self, case: &str) -> bool {
        self.without.iter().any(|id| id.get_ref() == case)
    }
}
