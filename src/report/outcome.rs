//! What a whole run comes to: totals, stale deviations, and the exit code.

use std::sync::Arc;

use crate::run::{CaseResult, Summary, Verdict};
use crate::target::Target;

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many cases got which verdict.
    pub summary: Summary,
    /// Known deviations that no longer deviate, or deviate in another way.
    pub stale: Vec<String>,
    /// Cases whose answers differ from the snapshot.
    pub drifted: usize,
}

impl Tally {
    /// Adds up the results of a run against the target.
    pub fn of(results: &[Arc<CaseResult>], target: &Target, drifted: usize) -> Self {
        let mut tally = Self { drifted, ..Self::default() };
        for result in results {
            tally.summary.count(result.judged.verdict);
        }
        for (known, _) in target.known.iter().filter(|(_, known)| !known.sometimes) {
            let of_it = |result: &&Arc<CaseResult>| {
                result.plan.id == *known || result.plan.case() == known.as_str()
            };
            let mut tried = results.iter().filter(of_it).peekable();
            let tried_at_all = tried.peek().is_some();
            let conclusive = |it: &Arc<CaseResult>| {
                !matches!(it.judged.verdict, Verdict::Inconclusive | Verdict::NotApplicable)
            };
            let still_known = results
                .iter()
                .filter(of_it)
                .any(|it| it.judged.verdict == Verdict::Known || !conclusive(it));
            if tried_at_all && !still_known {
                tally.stale.push(known.clone());
            }
        }
        tally
    }

    /// 0 clean, 1 the target broke a requirement or drifted, 3 inconclusive and nothing worse.
    pub fn exit_code(&self, strict: bool) -> u8 {
        let broken = self.summary.of(Verdict::Fail) > 0
            || !self.stale.is_empty()
            || self.drifted > 0
            || strict && self.summary.of(Verdict::Warn) > 0;
        match broken {
            true => 1,
            false if self.summary.of(Verdict::Inconclusive) > 0 => 3,
            false => 0,
        }
    }
}
