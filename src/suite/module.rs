//! Modules of the OpenID Foundation's conformance suite, and the cases that test the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::any_of::AnyOf;
use crate::source::without_null;

/// `modules.toml`: what the conformance suite of the OpenID Foundation tries in its certification plans.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec modules")]
pub struct ModuleFile {
    /// The modules.
    #[schemars(with = "Vec<ModuleEntry>")]
    #[serde(default)]
    pub module: Vec<Spanned<ModuleEntry>>,
}

/// A module in some plans, or several that have the same cases. One whose cases differ by plan has several
/// entries.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[module]]`")]
#[schemars(extend("oneOf" = [{ "required": ["cases"] }, { "required": ["uncovered"] }]))]
#[schemars(transform = without_null)]
pub struct ModuleEntry {
    /// Its name in the conformance suite, or the names of several.
    pub name: AnyOf<String>,
    /// The rulesets whose plans contain it.
    #[schemars(with = "Vec<String>")]
    pub rulesets: Vec<Spanned<String>>,
    /// The cases that test the same. Of a list, those that apply to the server count.
    #[schemars(with = "Vec<AnyOf<String>>")]
    #[serde(default)]
    pub cases: Vec<Spanned<AnyOf<String>>>,
    /// What the module also tests, and no case does.
    pub except: Option<String>,
    /// Why no case tests it.
    pub uncovered: Option<String>,
    /// Whether the module only warns, whatever it finds.
    #[serde(default)]
    pub only_warns: bool,
    /// Whether a warning of its cases is none for the module, as it accepts more than they do.
    #[serde(default)]
    pub ignores_warnings: bool,
}

/// A module of a ruleset's certification plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Module {
    /// Its name in the conformance suite.
    pub name: String,
    /// The cases that test the same; of several in a list, those that apply to the server count.
    pub cases: Vec<Vec<String>>,
    /// What the module also tests, and no case does.
    pub except: Option<String>,
    /// Why no case tests it.
    pub uncovered: Option<String>,
    /// Whether the module only warns, whatever it finds.
    pub only_warns: bool,
    /// Whether a warning of its cases is none for the module, as it accepts more than they do.
    #[serde(default)]
    pub ignores_warnings: bool,
}

impl ModuleEntry {
    /// The modules that it is about.
    pub(super) fn modules(&self) -> impl Iterator<Item = Module> {
        self.name.iter().map(|name| Module {
            name: name.clone(),
            cases: self.cases.iter().map(|any| any.get_ref().iter().cloned().collect()).collect(),
            except: self.except.clone(),
            uncovered: self.uncovered.clone(),
            only_warns: self.only_warns,
            ignores_warnings: self.ignores_warnings,
        })
    }
}

impl Module {
    /// Whether the case is among its cases.
    pub fn has(&self, case: &str) -> bool {
        self.cases.iter().flatten().any(|id| id == case)
    }
}
