//! The blocks of a Markdown summary.

use std::fmt;
use std::time::Duration;

use super::text::{code, fenced, prose};
use crate::report::case_summary::{CaseSummary, STALE, lines_of, place_of};
use crate::report::modules::{counts, reason};
use crate::report::record::Record;
use crate::report::results::Results;
use crate::run::Verdict;
use crate::source::counted;

/// The outcome of each run.
pub(super) struct Table<'a>(pub(super) &'a [Record]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdicts: String = Verdict::ALL.iter().map(|verdict| format!(" {verdict} |")).collect();
        writeln!(f, "| Target | Version | Ruleset |{verdicts} stale | Seconds |")?;
        writeln!(f, "|---|---|---|{}--:|--:|", "--:|".repeat(Verdict::ALL.len()))?;
        for Record { results, .. } in self.0 {
            let target = &results.target;
            let (name, ruleset) = (prose(&target.name), prose(&results.ruleset));
            let version = prose(target.version.as_deref().unwrap_or_default());
            write!(f, "| {name} | {version} | {ruleset} |")?;
            for verdict in Verdict::ALL {
                write!(f, " {} |", results.summary.get(verdict).copied().unwrap_or_default())?;
            }
            let seconds = Duration::from_millis(results.duration_ms).as_secs_f64();
            writeln!(f, " {} | {seconds:.1} |", results.stale.len())?;
        }
        Ok(())
    }
}

/// What the modules of a certification plan would say.
pub(super) struct Modules<'a>(pub(super) &'a Results);

impl fmt::Display for Modules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Results { modules, cases, .. } = self.0;
        let summary = counts(modules);
        writeln!(
            f,
            "\n### Modules of the OpenID Foundation’s suite\n\nThey would say: {summary}.\n"
        )?;
        writeln!(f, "| Module | It would say | Because of | Cases |\n|---|---|---|---|")?;
        for result in modules {
            let (name, says) = (code(&result.module.name), result.says.words());
            let cases_of_it = result
                .module
                .cases
                .iter()
                .map(|any| any.iter().map(|case| code(case)).collect::<Vec<_>>().join(" or "));
            let cases_of_it = cases_of_it.collect::<Vec<_>>().join(", ");
            writeln!(f, "| {name} | {says} | {} | {cases_of_it} |", prose(&reason(result, cases)))?;
        }
        Ok(())
    }
}

/// A case with findings.
pub(super) struct Block<'a>(pub(super) CaseSummary<'a>);

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = self.0;
        let verdict = case.entry.verdict.name().to_uppercase();
        let (id, cited) = (code(&case.entry.id), prose(&case.cited()));
        match case.requirement() {
            Some(requirement) => {
                let sentence = prose(&requirement.sentence);
                let url = requirement.cite.url();
                writeln!(f, "\n### {verdict} {id} · [{cited}]({url})\n\n> {sentence}")?;
            }
            None => writeln!(f, "\n### {verdict} {id} · {cited}")?,
        }
        if !case.reason().is_empty() {
            let known = case.entry.verdict == Verdict::Known;
            let word = if known { "Known" } else { "Only a warning" };
            writeln!(f, "\n**{word}:** {}", prose(case.reason()))?;
        }
        for finding in case.findings() {
            writeln!(f, "\n{}", fenced(&lines_of(finding)))?;
        }
        if let Some(more) = case.more() {
            writeln!(f, "\n{more}")?;
        }
        let mut requirements = case.evidence.iter().flat_map(|it| &it.requirements);
        if let Some(fix) = requirements.find_map(|it| it.fix.as_deref()) {
            writeln!(f, "\n**How to fix it:** {}", prose(fix))?;
        }
        writeln!(f, "\nCase {}", code(&case.place().to_string()))
    }
}

/// A stale known deviation.
pub(super) struct Stale<'a>(pub(super) &'a Record, pub(super) &'a str);

impl fmt::Display for Stale<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(record, known) = self;
        writeln!(f, "\n### STALE {}\n\n{STALE}", code(known))?;
        match place_of(record, known) {
            Some(place) => writeln!(f, "\nCase {}", code(&place.to_string())),
            None => Ok(()),
        }
    }
}

/// Cases that are inconclusive for the same reason. Three are named, as an unreachable server has
/// hundreds.
pub(super) struct Unclear<'a>(pub(super) &'a str, pub(super) &'a [CaseSummary<'a>]);

impl fmt::Display for Unclear<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reason, cases) = self;
        let ids: Vec<_> = cases.iter().take(3).map(|case| code(&case.entry.id)).collect();
        let more = if cases.len() > ids.len() { ", …" } else { "" };
        writeln!(f, "\n### INCONCLUSIVE {}", counted(cases.len(), "case"))?;
        writeln!(f, "\n{}\n\n{}{more}", fenced(reason), ids.join(", "))
    }
}
