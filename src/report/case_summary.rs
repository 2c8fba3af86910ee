//! The parts of a case that all reports show.

use super::case_entry::{CaseEntry, FindingEntry};
use super::evidence::{Evidence, RequirementEntry};
use super::place::Place;
use super::record::Record;
use crate::run::Verdict;
use crate::source::counted;
use crate::wire::shortened;

/// The maximum number of findings shown for a case; an invariant may have one per answer.
const MOST: usize = 10;

/// The maximum length of a text from the wire, in characters.
const TEXT_LIMIT: usize = 2000;

/// A case, with its evidence if that still exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct CaseSummary<'a> {
    pub(super) entry: &'a CaseEntry,
    pub(super) evidence: Option<&'a Evidence>,
}

/// The cases of a run.
pub(super) fn summaries(record: &Record) -> impl Iterator<Item = CaseSummary<'_>> {
    record.cases().map(|(entry, evidence)| CaseSummary { entry, evidence })
}

/// The cases of a run with this verdict.
pub(super) fn with(record: &Record, verdict: Verdict) -> impl Iterator<Item = CaseSummary<'_>> {
    summaries(record).filter(move |case| case.entry.verdict == verdict)
}

/// The cases with this verdict, grouped over clients, in order.
pub(super) fn by_case(record: &Record, verdict: Verdict) -> Vec<Vec<CaseSummary<'_>>> {
    let mut cases: Vec<Vec<CaseSummary<'_>>> = Vec::new();
    for case in with(record, verdict) {
        match cases.iter_mut().find(|known| known[0].case() == case.case()) {
            Some(known) => known.push(case),
            None => cases.push(vec![case]),
        }
    }
    cases
}

/// Inconclusive cases, grouped by reason, in order.
pub(super) fn by_reason(record: &Record) -> Vec<(&str, Vec<CaseSummary<'_>>)> {
    let mut reasons: Vec<(&str, Vec<CaseSummary<'_>>)> = Vec::new();
    for case in with(record, Verdict::Inconclusive) {
        match reasons.iter_mut().find(|(reason, _)| *reason == case.reason()) {
            Some((_, cases)) => cases.push(case),
            None => reasons.push((case.reason(), vec![case])),
        }
    }
    reasons
}

/// The location of an entry of `known.toml`, or of its case if that file is unknown.
pub(super) fn place_of(record: &Record, known: &str) -> Option<Place> {
    let own = record.results.target.files.as_ref().and_then(|files| files.deviation(known));
    let id = known.split(',').next().unwrap_or(known);
    let is = |case: &CaseSummary<'_>| case.entry.id == id || case.case() == id;
    own.or_else(|| summaries(record).find(is).map(|case| case.place()))
}

/// The location in the user's files, or of the case if there are none.
pub(super) fn own_place(record: &Record, case: CaseSummary<'_>) -> Place {
    let files = record.results.target.files.as_ref();
    let CaseEntry { id, client, verdict, .. } = case.entry;
    files.map_or_else(|| case.place(), |files| files.place(id, client.as_deref(), *verdict))
}

/// The message about a stale entry of `known.toml`.
pub(super) const STALE: &str =
    "known.toml says that it deviates, and it no longer does so: remove the entry.";

/// The note about an incomplete run.
pub(super) const PARTIAL: &str = "This run is incomplete: only some cases of the ruleset were selected, \
the server was not found, or the run was interrupted.";

/// The totals of a run, such as `3 pass, 1 fail`.
pub(super) fn totals(record: &Record) -> String {
    let results = &record.results;
    let count = |verdict: &Verdict| results.summary.get(verdict).copied().unwrap_or_default();
    let counts = Verdict::ALL.iter().map(|verdict| (count(verdict), verdict));
    let counts = counts.filter(|(count, verdict)| *count > 0 || **verdict == Verdict::Pass);
    let mut all: Vec<_> = counts.map(|(count, verdict)| format!("{count} {verdict}")).collect();
    all.extend((!results.stale.is_empty()).then(|| format!("{} stale", results.stale.len())));
    all.join(", ")
}

impl<'a> CaseSummary<'a> {
    /// The id without the client.
    pub(super) fn case(self) -> &'a str {
        self.entry.id.split('@').next().unwrap_or_default()
    }

    /// The suite.
    pub(super) fn suite(self) -> &'a str {
        self.entry.id.split('/').next().unwrap_or_default()
    }

    /// Why it is inconclusive, or why the deviation is known.
    pub(super) fn reason(self) -> &'a str {
        self.entry.reason.as_deref().unwrap_or_default()
    }

    /// The requirement that it is about.
    pub(super) fn requirement(self) -> Option<&'a RequirementEntry> {
        self.evidence.and_then(Evidence::requirement)
    }

    /// The section and the level, such as `RFC7636 §4.6 MUST`.
    pub(super) fn cited(self) -> String {
        let CaseEntry { cites, level, findings, .. } = self.entry;
        match (findings.first(), cites.first()) {
            (Some(FindingEntry { cite, level, .. }), _) => format!("{cite} {level}"),
            (None, Some(cite)) => format!("{cite} {level}"),
            (None, None) => level.to_string(),
        }
    }

    /// The location of the case; without evidence, the file named after the suite.
    pub(super) fn place(self) -> Place {
        let place = self.evidence.and_then(|evidence| evidence.case.rsplit_once(':'));
        match place.and_then(|(file, line)| Some((file, line.parse().ok()?))) {
            Some((file, line)) => Place { file: file.to_owned(), line: Some(line) },
            None => Place { file: format!("suites/{}.toml", self.suite()), line: None },
        }
    }

    /// The findings to show.
    pub(super) fn findings(self) -> impl Iterator<Item = &'a FindingEntry> {
        self.entry.findings.iter().take(MOST)
    }

    /// The note that there are more findings.
    pub(super) fn more(self) -> Option<String> {
        let more = self.entry.findings.len().checked_sub(MOST).filter(|more| *more > 0)?;
        Some(format!("and {} more", counted(more, "finding")))
    }

    /// Everything about the case, as lines of text.
    pub(super) fn text(self) -> String {
        let mut lines = vec![self.cited()];
        lines.extend(self.requirement().map(|requirement| requirement.sentence.clone()));
        lines.extend(self.findings().map(lines_of));
        lines.extend(self.more());
        if !self.reason().is_empty() {
            lines.push(format!("  reason  {}", self.reason()));
        }
        lines.push(format!("    case  {}", self.place()));
        lines.join("\n")
    }
}

/// A finding as labelled lines.
pub(super) fn lines_of(finding: &FindingEntry) -> String {
    let FindingEntry { sent, expected, actual, reproduce, .. } = finding;
    let mut lines = vec![("sent", sent), ("expected", expected), ("actual", actual)];
    lines.extend(reproduce.as_ref().map(|curl| ("again", curl)));
    let line = |(word, text): (&str, &String)| {
        format!("{word:>8}  {}", shortened(text, TEXT_LIMIT).replace('\n', " "))
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}
