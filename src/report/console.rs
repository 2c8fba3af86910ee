//! Cases on a terminal: one line per case when it is done, and findings as separate lines.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::case_summary::STALE;
use super::evidence::evidence_path;
use super::recorder::redacted_text;
use super::status_level::StatusLevel;
use super::style::Style;
use crate::run::{CaseResult, Verdict};

/// A finding as labelled lines, after the requirement.
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

/// The width of case ids if lines may have any length.
const ID_WIDTH: usize = 52;

/// The width of the text before the id.
const BEFORE: usize = 25;

/// The minimum width of a terminal for showing citations, and the width of citations.
const WIDE: usize = 100;
const CITE_WIDTH: usize = 24;

/// Writes a line for each case when it is done.
#[derive(Debug)]
pub struct Console {
    style: Style,
    level: StatusLevel,
    /// The reasons of inconclusive cases so far; each reason is shown once.
    causes: BTreeSet<String>,
}

impl Console {
    /// Creates a console that shows the cases of this level.
    pub fn new(style: Style, level: StatusLevel) -> Self {
        Self { style, level, causes: BTreeSet::new() }
    }

    /// Writes a line for the case, if its level is shown.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn case(&mut self, result: &CaseResult, out: &mut dyn Write) -> io::Result<()> {
        let verdict = result.judged.verdict;
        if !self.level.shows(verdict) {
            return Ok(());
        }
        if verdict == Verdict::Inconclusive {
            let reason = result.judged.reason.as_deref().unwrap_or_default();
            let is_new = self.causes.insert(redacted_text(&result.names, reason));
            if !is_new && self.level < StatusLevel::All {
                return Ok(());
            }
        }
        writeln!(out, "{}", self.line(result))
    }

    fn line(&self, result: &CaseResult) -> String {
        let (cite, level, _) = result.plan.requirement();
        let (verdict, id, style) = (result.judged.verdict, &result.plan.id, self.style);
        let word = match verdict {
            Verdict::NotApplicable => "SKIP".to_owned(),
            verdict => verdict.name().to_uppercase(),
        };
        let word = style.verdict(verdict, &format!("{word:>12}"));
        let took = match verdict {
            Verdict::NotApplicable => "         ".to_owned(),
            _ => format!(
                "{:>8.3}s",
                std::time::Duration::from_millis(result.duration_ms).as_secs_f64()
            ),
        };
        let start = format!("{word} [{took}] {}", style.id(id));
        if style.width.is_some_and(|width| width < WIDE) {
            return start;
        }
        let width = style.width.map_or(ID_WIDTH, |it| it - BEFORE - CITE_WIDTH).min(ID_WIDTH);
        let gap = " ".repeat(width.saturating_sub(id.chars().count()) + 1);
        let cite = format!("{cite} {level}");
        format!("{start}{gap}{}", style.dim(&cite))
    }
}

/// Writes a stale entry of `known.toml`.
///
/// # Errors
/// If the terminal cannot be written.
pub fn stale(known: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nSTALE {known}\n     {STALE}")
}
