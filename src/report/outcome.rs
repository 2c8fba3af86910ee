//! The outcome of a run: totals, stale deviations, and the exit code.

use std::sync::Arc;

use super::results::Results;
use crate::run::{CaseResult, Summary, Verdict};
use crate::target::{Known, Target};

/// The outcome of a run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The number of cases by verdict.
    pub summary: Summary,
    /// Known deviations that no longer occur, or occur with another finding.
    pub stale: Vec<String>,
    /// The cases whose answers differ from their snapshots.
    pub drifted: Vec<String>,
}

impl Tally {
    /// Counts the results of a run against the target.
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

    /// Whether all selected cases are not applicable, so nothing was tested.
    pub fn is_blank(&self) -> bool {
        let tried = Verdict::ALL.iter().filter(|it| **it != Verdict::NotApplicable);
        tried.map(|verdict| self.summary.of(*verdict)).sum::<usize>() == 0
    }

    /// 0 clean, 1 the target violated a requirement or drifted, 3 something is inconclusive or nothing
    /// was tested, and nothing is worse.
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
    /// The outcome of a run, from its results.
    fn from(results: &Results) -> Self {
        let mut summary = Summary::default();
        results.cases.iter().for_each(|case| summary.count(case.verdict));
        Self { summary, stale: results.stale.clone(), drifted: results.drifted.clone() }
    }
}

/// Whether the case was run, and no client shows this deviation any more.
fn is_stale(case: &str, entry: &Known, results: &[Arc<CaseResult>]) -> bool {
    let mut of_it =
        results.iter().filter(|it| it.plan.id == case || it.plan.case() == case).peekable();
    let is_open = |it: &Arc<CaseResult>| {
        matches!(it.judged.verdict, Verdict::Inconclusive | Verdict::NotApplicable)
            || it.known.contains(entry)
    };
    !entry.sometimes && of_it.peek().is_some() && !of_it.any(is_open)
}
