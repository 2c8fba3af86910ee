//! The page: targets, totals, cases by verdict, requirements by specification.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::case_entry::CaseEntry;
use super::super::record::Record;
use super::super::results::Results;
use super::super::symbol::symbol;
use super::case::{CaseView, SizeBudget};
use super::modules::{ModuleView, modules};
use super::requirements::{Chip, Specification, specifications};
use super::text::{TEXT_LIMIT, clean};
use crate::oauth::Level;
use crate::run::Verdict;

/// The verdicts in order of importance, with headings and meanings.
const GROUPS: &[(Verdict, &str, &str)] = &[
    (Verdict::Fail, "Broken", "A MUST is broken."),
    (
        Verdict::Inconclusive,
        "Could not be tested",
        "No verdict: these say nothing about the server.",
    ),
    (
        Verdict::Warn,
        "Warnings",
        "A SHOULD is broken, or a request was refused as required, but with a different error.",
    ),
    (Verdict::Known, "Known deviations", "Also broken, and explained in the target’s known.toml."),
    (Verdict::Pass, "Passed", "The server did what is required, and the valid flow worked."),
    (
        Verdict::NotApplicable,
        "Not applicable",
        "Skipped: the server or the target file does not have what these need.",
    ),
];

/// The script of the page, which adds search and copy buttons.
const SCRIPT: &str = include_str!("../../../templates/report/script.js");

/// Renders the report on these runs as a self-contained page.
///
/// # Errors
/// If a template cannot be rendered.
pub fn html(records: &[Record]) -> Result<String, String> {
    page(records).map_err(|error| error.to_string())
}

fn page(records: &[Record]) -> askama::Result<String> {
    let mut budget = SizeBudget::PAGE;
    let mut targets: Vec<_> = records.iter().enumerate().map(TargetView::new).collect();
    // Broken cases come first, so that they get the room.
    for (verdict, title, meaning) in GROUPS {
        for (target, record) in targets.iter_mut().zip(records) {
            let cases = target.cases(record, *verdict, &mut budget)?;
            target.groups.push(Group { verdict: *verdict, title, meaning, cases });
        }
    }
    let clients = targets.iter().map(|target| target.clients.len()).max().unwrap_or_default();
    let style = Style { clients, targets: targets.len() }.render()?;
    let version = records.first().map(|it| clean(&it.results.tool.version, TEXT_LIMIT));
    Page {
        style_hash: hash(&style),
        script_hash: hash(SCRIPT),
        version: version.unwrap_or_default(),
        style,
        script: SCRIPT,
        targets,
    }
    .render()
}

/// The hash of an element's content, for the content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[derive(Debug, Template)]
#[template(path = "report/page.html")]
struct Page {
    style: String,
    style_hash: String,
    script: &'static str,
    script_hash: String,
    version: String,
    targets: Vec<TargetView>,
}

/// The style sheet, with rules for this number of clients and targets.
#[derive(Debug, Template)]
#[template(path = "report/style.css", escape = "none")]
struct Style {
    clients: usize,
    targets: usize,
}

/// Cases of one verdict.
#[derive(Debug)]
struct Group {
    verdict: Verdict,
    title: &'static str,
    meaning: &'static str,
    cases: Vec<CaseView>,
}

impl Group {
    fn symbol(&self) -> &'static str {
        symbol(self.verdict)
    }

    /// Whether it is expanded initially.
    fn is_open(&self) -> bool {
        !matches!(self.verdict, Verdict::Pass | Verdict::NotApplicable)
    }
}

/// A segment of the bar that shows the totals.
#[derive(Debug)]
struct Part {
    verdict: Verdict,
    count: usize,
    /// Its position and width, in thousandths.
    x: usize,
    width: usize,
}

impl Part {
    fn symbol(&self) -> &'static str {
        symbol(self.verdict)
    }
}

#[derive(Debug)]
struct TargetView {
    index: usize,
    name: String,
    version: Option<String>,
    issuer: String,
    ruleset: String,
    day: String,
    time: String,
    seconds: String,
    summary: String,
    count: usize,
    parts: Vec<Part>,
    levels: &'static [Level],
    clients: Vec<String>,
    whole: bool,
    stale: Vec<String>,
    drifted: Vec<String>,
    modules: Vec<ModuleView>,
    groups: Vec<Group>,
    specifications: Vec<Specification>,
}

impl TargetView {
    fn new((index, record): (usize, &Record)) -> Self {
        let results = &record.results;
        let text = |text: &str| clean(text, TEXT_LIMIT);
        let (day, time) = results.at.split_once('T').unwrap_or((&results.at, ""));
        let mut clients: Vec<_> = results.cases.iter().filter_map(|it| it.client.clone()).collect();
        clients.sort();
        clients.dedup();
        let mut view = Self {
            index,
            name: text(&results.target.name),
            version: results.target.version.as_deref().map(text),
            issuer: text(&results.target.issuer),
            ruleset: text(&results.ruleset),
            day: text(day),
            time: text(time.trim_end_matches('Z')),
            seconds: format!(
                "{}.{} s",
                results.duration_ms / 1000,
                results.duration_ms % 1000 / 100
            ),
            summary: summary(results),
            count: results.cases.len(),
            parts: parts(results),
            levels: &[Level::Must, Level::Should, Level::May],
            clients,
            whole: results.whole,
            drifted: results.drifted.iter().map(|it| text(it)).collect(),
            stale: results.stale.iter().map(|it| text(it)).collect(),
            modules: modules(results),
            groups: Vec::new(),
            specifications: Vec::new(),
        };
        let chips: Vec<_> = results.cases.iter().map(|case| view.chip(case)).collect();
        view.specifications = specifications(record, &chips);
        view.clients.iter_mut().for_each(|client| *client = clean(client, TEXT_LIMIT));
        view
    }

    fn chip(&self, case: &CaseEntry) -> Chip {
        let name = clean(&case.id, TEXT_LIMIT);
        let verdict = case.verdict;
        Chip { anchor: self.anchor(&case.id), name, verdict, client_class: self.class(case) }
    }

    /// The cases of this verdict, in the order of the suites.
    fn cases(
        &self,
        record: &Record,
        verdict: Verdict,
        budget: &mut SizeBudget,
    ) -> askama::Result<Vec<CaseView>> {
        let cases = record.cases().filter(|(case, _)| case.verdict == verdict);
        let view = |(case, evidence): (&CaseEntry, _)| {
            let of_page = (self.anchor(&case.id), self.class(case));
            CaseView::new(record, case, evidence, of_page, budget)
        };
        cases.map(view).collect()
    }

    /// The id of a case on the page, stable so that links to it can be shared.
    fn anchor(&self, id: &str) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "/@._-".contains(c) { c } else { '-' };
        format!("{}-{}", self.index + 1, id.chars().take(200).map(safe).collect::<String>())
    }

    fn class(&self, case: &CaseEntry) -> String {
        let place = self.clients.iter().position(|it| Some(it) == case.client.as_ref());
        place.map_or_else(|| "c-none".to_owned(), |place| format!("c-{place}"))
    }
}

/// The totals, as widths of a bar.
fn parts(results: &Results) -> Vec<Part> {
    let total = results.cases.len().max(1);
    let mut before = 0;
    let part = |(verdict, ..): &(Verdict, &str, &str)| {
        let count = results.cases.iter().filter(|case| case.verdict == *verdict).count();
        let (x, end) = (before * 1000 / total, (before + count) * 1000 / total);
        before += count;
        Part { verdict: *verdict, count, x, width: end - x }
    };
    GROUPS.iter().map(part).collect()
}

/// The outcome of the run, in a sentence.
fn summary(results: &Results) -> String {
    let count = |verdict| results.cases.iter().filter(|case| case.verdict == verdict).count();
    let tried = results.cases.len() - count(Verdict::NotApplicable);
    let of = |count: usize, what: &str| format!("{count} of {tried} cases {what}");
    match (count(Verdict::Fail), count(Verdict::Inconclusive), count(Verdict::Warn)) {
        (0, 0, 0) if count(Verdict::Known) == 0 => format!("All {tried} cases pass."),
        (0, 0, 0) => of(count(Verdict::Known), "deviate, as known; the others pass."),
        (0, 0, warned) => of(warned, "warn; no MUST is broken beyond known deviations."),
        (0, untried, _) => {
            of(untried, "could not be tested; the others break no MUST beyond known deviations.")
        }
        (broken, 0, _) => of(broken, "break a MUST."),
        (broken, untried, _) => {
            format!("{}, and {untried} could not be tested.", of(broken, "break a MUST"))
        }
    }
}
