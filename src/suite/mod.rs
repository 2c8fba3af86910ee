//! Suites: the requirements of the specifications, and the cases that prove them.

mod any_of;
mod case;
mod change;
mod check;
mod expect;
mod expect_text;
mod file;
mod json;
mod jwt_change;
mod jwt_place;
mod key_rule;
mod load;
mod module;
mod ruleset;
mod schema;
mod served;
mod step;
mod template;

pub use any_of::AnyOf;
pub use case::{Case, Invariant, Proof, Requirement, Step, Suite};
pub use change::{
    AuthChange, BesideChange, CertificateChange, Change, ClientRef, Decision, ForgedForm, Lifetime,
    Parallel, Pause, ProofCount, Rounds, Visitor,
};
pub use check::unknown_case;
pub use expect::{Asked, Expect, LandingKind, Member, Status};
pub use file::{CaseFile, CaseUser, ClientKind, Feature, RequirementFile, SuiteFile};
pub use json::JsonTemplate;
pub use jwt_change::{Encrypted, HeaderChange, JwtChange, JwtForm, KeyChange};
pub use jwt_place::JwtPlace;
pub use key_rule::KeyRule;
pub use load::{Suites, embedded, load};
pub use module::{Module, ModuleEntry, ModuleFile};
pub use ruleset::{ClientProfile, Ruleset, RulesetFile};
pub use served::{BadCertificate, Served};
pub use step::{StepKind, StepName, StepNames};
pub use template::{Placeholder, Template};
