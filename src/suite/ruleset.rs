//! Rulesets: which specifications are in force, and for a certification, which cases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::module::Module;
use super::schema;
use crate::oauth::cite::specifications;
use crate::oauth::{Cite, RequestedMode};

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
    /// The certification plans of the OpenID Foundation's conformance suite that it stands for. It then
    /// has only the cases that `modules.toml` names for their modules.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub plans: Vec<Spanned<String>>,
    /// The response mode of all its authorization requests, in place of what the target file says of a
    /// client.
    pub response: Option<RequestedMode>,
    /// The modules of the plans.
    #[serde(skip)]
    pub modules: Vec<Module>,
}

impl Ruleset {
    /// All known specifications together.
    pub fn all() -> Self {
        let named = |name: &str| Spanned::new(0..0, name.to_owned());
        let title = "all specifications".to_owned();
        let specifications = specifications().map(named).collect();
        Self {
            title,
            specifications,
            without: Vec::new(),
            plans: Vec::new(),
            response: None,
            modules: Vec::new(),
        }
    }

    /// Whether a requirement of that section is in force.
    pub fn holds(&self, cite: &Cite) -> bool {
        self.specifications.iter().any(|name| *name.get_ref() == cite.specification)
    }

    /// Whether the case is obsolete, or not named by any module of the certification plans.
    pub fn voids(&self, case: &str) -> bool {
        self.without.iter().any(|id| id.get_ref() == case)
            || !self.plans.is_empty() && !self.modules.iter().any(|module| module.has(case))
    }
}
