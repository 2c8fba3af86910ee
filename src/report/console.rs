//! What is told on a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::case_evidence::retried;
use super::case_summary::STALE;
use super::evidence::evidence_path;
use super::outcome::Tally;
use super::recorder::redacted_text;
use crate::run::{CaseResult, Verdict};
use crate::source::counted;

/// A finding as five lines, of which the first is the law.
pub fn block(result: &CaseResult, target: &str, evidence: &Path) -> String {
    let (cite, level, sentence) = result.plan.requirement();
    let verdict = result.judged.verdict.name().to_uppercase();
    let mut text = format!("{verdict} {}   {cite} {level}\n     {sentence}\n", result.plan.id);
    let mut line = |key: &str, value: &str| {
        let value = redacted_text(&result.names, value).replace('\n', " ");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{key:>13}  {value}");
    };
    for finding in &result.judged.findings {
        line("sent", &finding.sent);
        line("expected", &finding.expected);
        line("actual", &finding.actual);
    }
    if let Some(reason) = &result.judged.reason {
        line("reason", reason);
    }
    let case = format!("{}:{}", result.plan.file, result.plan.line);
    let evidence = evidence_path(evidence, target, &result.plan.id);
    let _ = writeln!(text, "{:>13}  {case}        evidence  {}", "case", evidence.display());
    text
}

/// Writes a run's progress and outcome.
pub struct Console<'a> {
    /// Where to.
    pub out: &'a mut dyn Write,
    /// The target's name.
    pub target: &'a str,
    /// The folder of the evidence files.
    pub evidence: &'a Path,
}

impl Console<'_> {
    /// One line a case.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn case(&mut self, result: &CaseResult) -> io::Result<()> {
        let (cite, level, _) = result.plan.requirement();
        let verdict = result.judged.verdict;
        let id = &result.plan.id;
        writeln!(self.out, "{verdict:<14} {id:<52} {cite} {level}")
    }

    /// What is wrong, case by case, then the totals.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn outcome(&mut self, results: &[Arc<CaseResult>], tally: &Tally) -> io::Result<()> {
        for verdict in [Verdict::Warn, Verdict::Fail] {
            for result in results.iter().filter(|result| result.judged.verdict == verdict) {
                write!(self.out, "\n{}", block(result, self.target, self.evidence))?;
            }
        }
        self.inconclusive(results)?;
        self.left_out(results)?;
        self.unsure(results)?;
        self.retried(results)?;
        tally.stale.iter().try_for_each(|known| stale(known, self.out))?;
        let totals: Vec<_> = Verdict::ALL
            .iter()
            .map(|verdict| (tally.summary.of(*verdict), verdict))
            .filter(|(count, verdict)| *count > 0 || **verdict == Verdict::Pass)
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect();
        write!(self.out, "\n{}: {}", self.target, totals.join(", "))?;
        if !tally.drifted.is_empty() {
            write!(self.out, ", {} drifted", tally.drifted.len())?;
        }
        writeln!(self.out)?;
        if tally.is_blank() {
            writeln!(self.out, "NOTHING WAS TRIED: none of these cases applies to the target")?;
        }
        Ok(())
    }

    /// Why cases were not tried: a line for each reason.
    fn left_out(&mut self, results: &[Arc<CaseResult>]) -> io::Result<()> {
        let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
        for result in results.iter().filter(|it| it.judged.verdict == Verdict::NotApplicable) {
            let reason = result.judged.reason.as_deref().unwrap_or_default();
            *by_reason.entry(redacted_text(&result.names, reason)).or_default() += 1;
        }
        for (index, (reason, count)) in by_reason.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            writeln!(self.out, "{gap}not applicable: {}, as {reason}", counted(*count, "case"))?;
        }
        Ok(())
    }

    /// Races that passed, of which too few rounds were run to be sure.
    fn unsure(&mut self, results: &[Arc<CaseResult>]) -> io::Result<()> {
        let raced = results.iter().filter_map(|it| Some((&it.plan.id, it.transcript.raced?)));
        let unsure = raced.filter(|(_, raced)| !raced.is_sure());
        for (index, (id, raced)) in unsure.enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            writeln!(self.out, "{gap}not sure: {id}: {}", raced.sentence())?;
        }
        Ok(())
    }

    /// Cases that were begun anew, each with its reason: those are not the server's.
    fn retried(&mut self, results: &[Arc<CaseResult>]) -> io::Result<()> {
        let summaries = results.iter().filter_map(|result| Some((result, retried(result)?)));
        for (index, (result, why)) in summaries.enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            writeln!(self.out, "{gap}retried: {}, as {why}", result.plan.id)?;
        }
        Ok(())
    }

    /// Inconclusive cases, those of one reason together.
    fn inconclusive(&mut self, results: &[Arc<CaseResult>]) -> io::Result<()> {
        let mut by_reason: BTreeMap<String, Vec<&CaseResult>> = BTreeMap::new();
        for result in results.iter().filter(|it| it.judged.verdict == Verdict::Inconclusive) {
            let reason = result.judged.reason.as_deref().unwrap_or_default();
            by_reason.entry(redacted_text(&result.names, reason)).or_default().push(result);
        }
        for cases in by_reason.values() {
            write!(self.out, "\n{}", block(cases[0], self.target, self.evidence))?;
            if cases.len() > 1 {
                let also: Vec<_> = cases[1..].iter().map(|it| it.plan.id.as_str()).collect();
                let shown = also.len().min(3);
                let more = if also.len() > shown { ", …" } else { "" };
                let list = also[..shown].join(", ");
                writeln!(self.out, "         also  {} more: {list}{more}", also.len())?;
            }
        }
        Ok(())
    }
}

/// An entry of `known.toml` that is out of date.
///
/// # Errors
/// When the terminal is gone.
pub fn stale(known: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nSTALE {known}\n     {STALE}")
}
