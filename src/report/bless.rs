//! Adds failures to the known deviations, with the reasons left to fill in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use toml::Value;

use super::case_evidence::findings;
use crate::run::{CaseResult, PlanKind, Verdict};
use crate::target::{KnownSource, Target};

/// The entries to add to `known.toml`, and the cases to correct there by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blessing {
    /// The text to append to the file; empty if there is nothing to add.
    pub text: String,
    /// The added cases.
    pub added: Vec<String>,
    /// Failing cases that the file already lists with another finding or ruleset. Existing entries are
    /// not changed.
    pub by_hand: Vec<String>,
}

/// Whether the case is a race, which a server loses in some runs only.
pub(super) fn is_race(result: &CaseResult) -> bool {
    matches!(&result.plan.what, PlanKind::Case { case, .. } if case.races())
}

/// The entries for whatever fails the run: broken requirements, and with `strict` also warnings.
/// Inconclusive cases are never added.
pub fn bless(target: &Target, results: &[Arc<CaseResult>], strict: bool) -> Blessing {
    let there: BTreeSet<_> = target.known_source.iter().flat_map(KnownSource::ids).collect();
    let mut blessing = Blessing::default();
    let fails = |it: &&Arc<CaseResult>| match it.judged.verdict {
        Verdict::Fail => true,
        Verdict::Warn => strict,
        _ => false,
    };
    for result in results.iter().filter(fails) {
        let id = &result.plan.id;
        let seen = findings(result).into_iter().map(|finding| finding.actual).next();
        match seen.filter(|seen| !seen.trim().is_empty() && !there.contains(id.as_str())) {
            Some(seen) => {
                let (key, finding) = (Value::from(id.as_str()), Value::from(seen));
                // Writing to a String cannot fail.
                let _ = write!(blessing.text, "\n[{key}]\nreason  = \"\"\nfinding = {finding}\n");
                if is_race(result) {
                    blessing.text.push_str("sometimes = true\n");
                }
                blessing.added.push(id.clone());
            }
            None => blessing.by_hand.push(id.clone()),
        }
    }
    blessing
}
