//! The modules of certification plans on the page.

use super::text::{TEXT_LIMIT, clean};
use crate::report::modules::{ModuleResult, Says, reason};
use crate::report::results::Results;
use crate::run::Verdict;

/// A module and what it would say.
#[derive(Debug)]
pub(super) struct ModuleView {
    pub(super) name: String,
    pub(super) says: &'static str,
    /// The verdict whose color it gets.
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    /// Its cases, those that are alternatives joined by "or".
    pub(super) cases: Vec<String>,
}

/// The modules of the run.
pub(super) fn modules(results: &Results) -> Vec<ModuleView> {
    let view = |result: &ModuleResult| ModuleView {
        name: clean(&result.module.name, TEXT_LIMIT),
        says: result.says.words(),
        verdict: color(result.says),
        reason: clean(&reason(result, &results.cases), TEXT_LIMIT),
        cases: result.module.cases.iter().map(|any| clean(&any.join(" or "), TEXT_LIMIT)).collect(),
    };
    results.modules.iter().map(view).collect()
}

fn color(says: Says) -> Verdict {
    match says {
        Says::Failed => Verdict::Fail,
        Says::Warning | Says::InPart => Verdict::Warn,
        Says::NotTried => Verdict::Inconclusive,
        Says::Passed => Verdict::Pass,
        Says::NotCovered => Verdict::NotApplicable,
    }
}
