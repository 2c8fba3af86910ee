//! What a whole run comes to: totals, stale deviations, and the exit code.

use std::sync::Arc;

use super::results::Results;
use crate::run::{CaseResult, Summary, Verdict};
use crate::target::{Known, Target};

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many cases got which verdict.
    pub summary: Summary,
    /// Known deviations that no longer deviate, or deviate in another way.
    pub stale: Vec<String>,
    /// Cases whose answers differ from the snapshot.
    pub drifted: Vec<String>,
}

impl Tally {
    /// Adds up the results of a run against the target.
    pub fn of(results: &[Arc<CaseResult>], target: &Target, drifted: Vec<String>) -> Self {
        let mut tally = Self { drifted, ..Self::default() };
        for result in results {
            tally.summary.count(result.judged.verdict);
        }
        for (case, entries) in &target.known {
            for entry in entries.iter().filter(|entry| is_stale(case, entry, results)) {
                let finding = format!("{case}, where it says \"{}\"", entry.finding);
                tally.stale.push(if entries.len() > 1 { finding } else { case.clone() });
            }
        }
        tally
    }

    /// Whether all that was asked for is not applicable, so that nothing was looked at.
    pub fn is_blank(&self) -> bool {
        let tried = Verdict::ALL.iter().filter(|it| **it != Verdict::NotApplicable);
        tried.map(|verdict| self.summary.of(*verdict)).sum::<usize>() == 0
    }

    /// 0 clean, 1 the target broke a requirement or drifted, 3 nothing worse, but something is
    /// inconclusive or nothing was tried.
    pub fn exit_code(&self, strict: bool) -> u8 {
        let broken = self.summary.of(Verdict::Fail) > 0
            || !self.stale.is_empty()
            || !self.drifted.is_empty()
            || strict && self.summary.of(Verdict::Warn) > 0;
        match broken {
            true => 1,
            false if self.summary.of(Verdict::Inconclusive) > 0 || self.is_blank() => 3,
            false => 0,
        }
    }
}

impl From<&Results> for Tally {
    /// What a run came to, by its results alone.
    fn from(results: &Results) -> Self {
        let mut summary = Summary::default();
        results.cases.iter().for_each(|case| summary.count(case.verdict));
        Self { summary, stale: results.stale.clone(), drifted: results.drifted.clone() }
    }
}

/// Whether the case was tried, and all that it was tried as shows no such deviation any more.
fn is_stale(case: &str, entry: &Known, results: &[Arc<CaseResult>]) -> bool {
    let mut of_it =
        results.iter().filter(|it| it.plan.id == case || it.plan.case() == case).peekable();
    let is_open = |it: &Arc<CaseResult>| {
        matches!(it.judged.verdict, Verdict::Inconclusive | Verdict::NotApplicable)
            || it.known.contains(entry)
    };
    !entry.sometimes && of_it.peek().is_some() && !of_it.any(is_open)
}
