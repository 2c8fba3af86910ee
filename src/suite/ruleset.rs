//! Rulesets: which specifications are in force, and for a certification, which cases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::module::Module;
use super::schema;
use crate::oauth::cite::specifications;
use crate::oauth::{AuthMethod, Cite, RequestForm, RequestedMode, TokenKind};

/// What the names of profiles begin with.
const PROFILES: &str = "FAPI2.";

/// The rulesets of a folder of suites, by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(title = "authspec rulesets")]
pub struct RulesetFile(pub BTreeMap<String, Ruleset>);

/// What the clients that a ruleset is about have in the target file; what is left out may be
/// anything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `{ tokens = [\"dpop\"] }`")]
pub struct ClientProfile {
    /// How they authenticate.
    #[serde(default)]
    pub auth: Vec<AuthMethod>,
    /// How those that send users to the server pass their authorization requests.
    #[serde(default)]
    pub request: Vec<RequestForm>,
    /// Who can use their access tokens.
    #[serde(default)]
    pub tokens: Vec<TokenKind>,
}

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
    /// Whether it has all cases of its specifications, also those that no module of its plans names.
    #[serde(default)]
    pub beyond_plans: bool,
    /// The clients that it is about; all by default. For others, no case is applicable.
    #[serde(default)]
    pub clients: ClientProfile,
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
            beyond_plans: false,
            clients: ClientProfile::default(),
            response: None,
            modules: Vec::new(),
        }
    }

    /// All known specifications but the profiles, which ask more than a server has to do that is not
    /// meant for them.
    pub fn all_but_profiles() -> Self {
        let mut all = Self::all();
        all.specifications.retain(|name| !name.get_ref().starts_with(PROFILES));
        all
    }

    /// Whether a requirement of that section is in force.
    pub fn holds(&self, cite: &Cite) -> bool {
        self.specifications.iter().any(|name| *name.get_ref() == cite.specification)
    }

    /// Whether the case is obsolete, or not named by any module of the certification plans.
    pub fn voids(&self, case: &str) -> bool {
        self.without.iter().any(|id| id.get_ref() == case)
            || !self.plans.is_empty()
                && !self.beyond_plans
                && !self.modules.iter().any(|module| module.has(case))
    }
}
