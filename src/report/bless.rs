//! Adding what fails now to the known deviations, with a reason to be filled in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use toml::Value;

use super::case_evidence::findings;
use crate::run::{CaseResult, PlanKind, Verdict};
use crate::target::{KnownSource, Target};

/// What is added to `known.toml`, and what somebody has to write there by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blessing {
    /// What is put at the end of the file; empty where there is nothing to add.
    pub text: String,
    /// The cases that are added.
    pub added: Vec<String>,
    /// The cases that fail though the file has them already, in another way or under another ruleset:
    /// what is there is not touched.
    pub by_hand: Vec<String>,
}

/// Whether it is a race, which a server loses in some runs and not in others.
pub(super) fn is_race(result: &CaseResult) -> bool {
    matches!(&result.plan.what, PlanKind::Case { case, .. } if case.races())
}

/// What makes the run fail now: broken requirements, and under `strict` also warnings. What could not be
/// tried never counts as known.
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
