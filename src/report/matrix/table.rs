//! The matrix: requirements as rows, servers as columns.

use std::collections::BTreeMap;
use std::path::Path;

use crate::oauth::{Cite, Level};
use crate::report::case_entry::CaseEntry;
use crate::report::coverage::{Coverage, CoverageEntry};
use crate::report::results::Results;
use crate::report::symbol::{badness, capped, symbol};
use crate::run::Verdict;

/// The verdicts of several servers on each requirement.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The servers, in the order of the columns.
    pub servers: Vec<Column>,
    /// The specifications, each with its requirements.
    pub specifications: Vec<Section>,
}

/// A server and its totals.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in the target file.
    pub name: String,
    /// Its version, if given in the target file.
    pub version: String,
    /// The ruleset of its run.
    pub ruleset: String,
    /// The day of its run.
    pub day: String,
    /// The duration of the run, in seconds.
    pub seconds: f64,
    /// The number of cases by verdict, in the order of [`Verdict::ALL`].
    pub totals: Vec<usize>,
    /// Its deviations.
    pub deviations: Vec<Deviation>,
}

/// A case that did not pass.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The case, with its client.
    pub id: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The section that it violates.
    pub cite: String,
    /// What was seen.
    pub seen: String,
    /// The reason, if known.
    pub reason: String,
}

/// The requirements of one specification.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its short name.
    pub name: String,
    /// Its requirements with cases.
    pub rows: Vec<Row>,
}

/// A requirement.
#[derive(Clone, Debug)]
pub struct Row {
    /// The section.
    pub cite: Cite,
    /// Its URL.
    pub url: String,
    /// Its level.
    pub level: Level,
    /// Its text.
    pub sentence: String,
    /// The verdict of each server.
    pub cells: Vec<Cell>,
}

/// The verdict of a server on a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The worst verdict of its cases; none if none was run.
    pub verdict: Option<Verdict>,
    /// The case that has it.
    pub case: String,
}

impl Matrix {
    /// Combines the results of several targets by requirement.
    pub fn new(coverage: &Coverage, results: &[Results]) -> Self {
        let by_case: Vec<_> = results.iter().map(of_case).collect();
        let specifications = coverage.specifications.iter().map(|specification| {
            let rows = specification.requirements.iter().filter(|it| it.untested.is_none());
            let rows = rows.map(|entry| row(entry, &by_case));
            // Leave out requirements that were tested on no server.
            let is_told =
                |cell: &Cell| !matches!(cell.verdict, None | Some(Verdict::NotApplicable));
            let rows = rows.filter(|row| row.cells.iter().any(is_told));
            Section { name: specification.name.clone(), rows: rows.collect() }
        });
        Self {
            specifications: specifications.filter(|it| !it.rows.is_empty()).collect(),
            servers: results.iter().map(column).collect(),
        }
    }
}

type ByCase<'a> = BTreeMap<&'a str, Vec<&'a CaseEntry>>;

/// The entries of a run by case, for all clients.
fn of_case(results: &Results) -> ByCase<'_> {
    let mut found = ByCase::new();
    for entry in &results.cases {
        let case = entry.id.split('@').next().unwrap_or(&entry.id);
        found.entry(case).or_default().push(entry);
    }
    found
}

fn row(entry: &CoverageEntry, results: &[ByCase<'_>]) -> Row {
    Row {
        cite: entry.cite.clone(),
        url: entry.url.clone(),
        level: entry.level,
        sentence: entry.sentence.clone(),
        cells: results.iter().map(|by_case| cell(entry, by_case)).collect(),
    }
}

fn cell(entry: &CoverageEntry, by_case: &ByCase<'_>) -> Cell {
    let ids = entry.cases.iter().chain(&entry.see);
    let tried = ids.filter_map(|id| by_case.get(id.as_str())).flatten();
    let worst = tried.max_by_key(|case| badness(case.verdict));
    Cell {
        verdict: worst.map(|case| capped(case.verdict, entry.level)),
        case: worst.map(|case| case.id.clone()).unwrap_or_default(),
    }
}

fn column(results: &Results) -> Column {
    let total = |verdict| results.summary.get(verdict).copied().unwrap_or_default();
    let is_deviation = |case: &&CaseEntry| {
        !matches!(case.verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Inconclusive)
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds to one place")]
    let seconds = results.duration_ms as f64 / 1000.0;
    Column {
        name: results.target.name.clone(),
        version: results.target.version.clone().unwrap_or_default(),
        ruleset: results.ruleset.clone(),
        day: results.at.split('T').next().unwrap_or_default().to_owned(),
        seconds,
        totals: Verdict::ALL.iter().map(total).collect(),
        deviations: results.cases.iter().filter(is_deviation).map(deviation).collect(),
    }
}

fn deviation(case: &CaseEntry) -> Deviation {
    let finding = case.findings.first();
    Deviation {
        id: case.id.clone(),
        verdict: case.verdict,
        cite: finding.map(|it| it.cite.to_string()).unwrap_or_default(),
        seen: finding.map(|it| it.actual.clone()).unwrap_or_default(),
        reason: case.reason.clone().unwrap_or_default(),
    }
}

impl Cell {
    /// A symbol for the verdict; symbols differ without color.
    pub fn symbol(&self) -> &'static str {
        match self.verdict {
            Some(Verdict::Known) => "✗ known",
            Some(verdict) => symbol(verdict),
            None => "–",
        }
    }

    /// The verdict as a word.
    pub fn word(&self) -> String {
        self.verdict.map_or_else(|| "not run".to_owned(), |verdict| verdict.to_string())
    }

    /// The file about the case in this folder, if there is one.
    pub fn file(&self, root: &Path, server: &str, ending: &str) -> Option<String> {
        let path = root.join(server).join(format!("{}.{ending}", self.case));
        (!self.case.is_empty() && path.is_file())
            .then(|| format!("{server}/{}.{ending}", self.case))
    }
}
