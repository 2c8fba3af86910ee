//! The summary of a run, with failures last and the commands to type next.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::case_evidence::retried;
use super::case_summary::STALE;
use super::evidence::evidence_path;
use super::group::{Group, ids};
use super::outcome::Tally;
use super::recorder::redacted_text;
use super::skipped;
use super::status_level::StatusLevel;
use super::style::Style;
use crate::run::{CaseResult, Verdict};
use crate::source::counted;

/// The maximum number of listed ids and reasons, unless all are requested.
const MOST: usize = 6;

/// The maximum number of findings shown for a case, unless all are requested.
const MOST_FINDINGS: usize = 3;

/// The indentation of a finding's texts.
const INDENT: usize = 15;

/// The commands to type after a run.
#[derive(Clone, Debug, Default)]
pub struct NextSteps {
    /// The command that repeats the run, without filters: `authspec run target.toml`.
    pub run: String,
    /// The target file with a space before it, for use after `authspec explain CASE`.
    pub target: String,
    /// The command that checks the setup, if there is a target file.
    pub doctor: Option<String>,
    /// Whether a case can be shown in a browser.
    pub headed: bool,
}

/// The summary of a run.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    /// The target's name.
    pub target: &'a str,
    /// The evidence folder.
    pub evidence: &'a Path,
    /// Colors and width.
    pub style: Style,
    /// The level of cases to show.
    pub level: StatusLevel,
    /// Whether to show problems only.
    pub quiet: bool,
    /// Whether warnings fail the run.
    pub strict: bool,
    /// The commands to type next.
    pub next: &'a NextSteps,
}

impl Summary<'_> {
    /// Writes everything but the totals: skipped cases, notes, and problems, the worst last.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn details(
        &self,
        results: &[Arc<CaseResult>],
        tally: &Tally,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let all = || results.iter().map(AsRef::as_ref);
        let mut parts = Vec::new();
        if self.level >= StatusLevel::Warn && !self.quiet {
            parts.push(self.skipped(all()));
            parts.push(self.notes(all()));
        }
        if self.level >= StatusLevel::Known {
            parts.extend(Group::all(all(), Verdict::Known).iter().map(|it| self.known(it)));
        }
        let groups = [Verdict::Inconclusive, Verdict::Warn, Verdict::Fail].map(|verdict| {
            let groups =
                Group::all(all().filter(|it| self.level.shows(it.judged.verdict)), verdict);
            groups.iter().map(|group| self.group(group)).collect::<Vec<_>>()
        });
        let [inconclusive, warnings, failures] = groups;
        parts.extend(inconclusive);
        parts.extend(warnings);
        if self.level > StatusLevel::None {
            parts.extend(tally.stale.iter().map(|known| self.stale(known)));
        }
        parts.extend(failures);
        parts.iter().filter(|it| !it.is_empty()).try_for_each(|part| write!(out, "\n{part}"))
    }

    /// Writes the number of cases by verdict.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn totals(&self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        let counts = Verdict::ALL.iter().map(|verdict| (tally.summary.of(*verdict), *verdict));
        let counts = counts.filter(|(count, verdict)| *count > 0 || *verdict == Verdict::Pass);
        let count = |(count, verdict): (usize, Verdict)| {
            let word = match verdict {
                Verdict::NotApplicable => "skipped",
                verdict => verdict.name(),
            };
            let style = self.style;
            match count {
                0 => format!("0 {word}"),
                _ => {
                    format!("{} {}", style.strong(&count.to_string()), style.verdict(verdict, word))
                }
            }
        };
        let mut totals: Vec<_> = counts.map(count).collect();
        let more = [(tally.drifted.len(), "drifted"), (tally.stale.len(), "stale")];
        let more = more.into_iter().filter(|(count, _)| *count > 0);
        totals.extend(more.map(|(count, word)| format!("{count} {word}")));
        writeln!(out, "\n{}: {}", self.style.strong(self.target), totals.join(", "))?;
        if tally.is_blank() {
            writeln!(out, "NOTHING WAS TESTED: none of these cases applies to the target")?;
        }
        Ok(())
    }

    /// Writes the commands to type next, if there are problems.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn next(&self, results: &[Arc<CaseResult>], out: &mut dyn Write) -> io::Result<()> {
        let NextSteps { run, headed, .. } = self.next;
        let is_bad = |it: &&Arc<CaseResult>| match it.judged.verdict {
            Verdict::Fail => true,
            Verdict::Warn => self.strict,
            _ => false,
        };
        let Some(bad) = results.iter().find(is_bad).filter(|_| self.level > StatusLevel::None)
        else {
            return Ok(());
        };
        let id = &bad.plan.id;
        let mut lines = vec![(format!("{run} --rerun-failed"), "reruns what did not pass")];
        if *headed && !bad.plan.is_invariant() {
            lines.push((format!("{run} {id} --headed"), "shows the browser"));
        }
        let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
        for (index, (line, why)) in lines.iter().enumerate() {
            let word = if index == 0 { "next" } else { "" };
            let line = match self.style.width {
                // Commands are not wrapped, so that they can be copied.
                Some(most) if width + why.len() + 10 > most => line.clone(),
                _ => format!("{line:<width$}   {}", self.style.dim(&format!("# {why}"))),
            };
            writeln!(out, "{word:>6}  {line}")?;
        }
        Ok(())
    }

    /// Cases that do not apply, counted by reason, and listed if requested.
    fn skipped<'a>(&self, results: impl Iterator<Item = &'a CaseResult>) -> String {
        let mut groups = skipped::groups(results);
        groups.sort_by_key(|group| std::cmp::Reverse(group.cases.len()));
        let is_listed = self.level >= StatusLevel::Skip;
        let most = if is_listed { groups.len() } else { MOST };
        let mut text = String::new();
        for group in groups.iter().take(most) {
            let word = self.style.verdict(Verdict::NotApplicable, "skipped");
            let count = counted(group.cases.len(), "case");
            let first = format!("{word}  ");
            text += &self.style.hanging(&first, 9, &format!("{count}: {}", group.reason()));
            if is_listed {
                text += &self.style.hanging("         ", 9, &ids(&group.cases, usize::MAX));
            }
        }
        let left: usize = groups.iter().skip(most).map(|group| group.cases.len()).sum();
        if left > 0 {
            let reasons = counted(groups.len() - most, "more reason");
            let _ = writeln!(text, "         {}: {reasons}; -v lists all", counted(left, "case"));
        }
        text
    }

    /// Races with too few rounds to be sure, and retried cases.
    fn notes<'a>(&self, results: impl Iterator<Item = &'a CaseResult>) -> String {
        let mut text = String::new();
        for result in results {
            let id = &result.plan.id;
            if let Some(raced) = result.transcript.raced.filter(|raced| !raced.is_sure()) {
                let note = format!("{id}: {}", raced.sentence());
                text += &self.style.hanging("not sure: ", 10, &note);
            }
            if let Some(why) = retried(result) {
                text += &self.style.hanging("retried: ", 9, &format!("{id}, as {why}"));
            }
        }
        text
    }

    /// Known deviations, with the reasons from `known.toml`.
    fn known(&self, group: &Group<'_>) -> String {
        let word = self.style.verdict(Verdict::Known, "known");
        let (ids, reason) = (ids(&group.cases, self.most()), group.reason());
        self.style.hanging(&format!("{word}  "), 7, &format!("{ids}: {reason}"))
    }

    /// A stale entry of `known.toml`.
    fn stale(&self, known: &str) -> String {
        let word = self.style.verdict(Verdict::Fail, "STALE");
        format!("{word} {known}\n{}", self.style.hanging("     ", 5, STALE))
    }

    /// Cases with the same finding, or inconclusive for the same reason.
    fn group(&self, group: &Group<'_>) -> String {
        let (first, style) = (group.first(), self.style);
        let verdict = first.judged.verdict;
        let word = style.verdict(verdict, &verdict.name().to_uppercase());
        let (cite, level, sentence) = first.plan.requirement();
        let many = group.cases.len() > 1;
        let is_finding = verdict != Verdict::Inconclusive;
        let mut text = match (many, is_finding) {
            (true, true) => {
                format!("{word} {}   {cite} {level}\n", counted(group.cases.len(), "case"))
            }
            (true, false) => format!("{word} {}\n", counted(group.cases.len(), "case")),
            (false, _) => format!("{word} {}   {cite} {level}\n", style.id(&first.plan.id)),
        };
        if is_finding {
            text += &style.hanging("     ", 5, sentence);
        }
        let mut line = |key: &str, value: &str| {
            let key = style.dim(&format!("{key:>13}"));
            text += &style.hanging(&format!("{key}  "), INDENT, &value.replace('\n', " "));
        };
        if many {
            line("cases", &ids(&group.cases, self.most()));
        }
        let findings = &first.judged.findings;
        let most = if self.level == StatusLevel::All { findings.len() } else { MOST_FINDINGS };
        let mut expected = "";
        for finding in findings.iter().take(most) {
            line("sent", &redacted_text(&first.names, &finding.sent));
            if finding.expected != expected {
                line("expected", &redacted_text(&first.names, &finding.expected));
            }
            line("actual", &redacted_text(&first.names, &finding.actual));
            expected = &finding.expected;
        }
        if let Some(more) = findings.len().checked_sub(most).filter(|more| *more > 0) {
            line("more", &format!("{}; -v shows all", counted(more, "finding")));
        }
        if first.judged.reason.is_some() {
            line("reason", &group.reason());
        }
        self.lead_on(group, &mut text);
        text
    }

    /// The commands to type, and the evidence file.
    fn lead_on(&self, group: &Group<'_>, text: &mut String) {
        let first = group.first();
        let id = &first.plan.id;
        let evidence = evidence_path(self.evidence, self.target, id);
        let mut line = |key: &str, value: &str| {
            // Text to copy is not wrapped.
            let _ = writeln!(text, "{}  {value}", self.style.dim(&format!("{key:>13}")));
        };
        if first.judged.verdict == Verdict::Inconclusive {
            if let Some(doctor) = &self.next.doctor {
                line("next", doctor);
            }
        } else {
            line("explain", &format!("authspec explain {id}{}", self.next.target));
        }
        if evidence.is_file() {
            line("evidence", &evidence.display().to_string());
        }
    }

    /// The maximum number of listed ids.
    fn most(&self) -> usize {
        if self.level >= StatusLevel::Skip { usize::MAX } else { MOST }
    }
}
