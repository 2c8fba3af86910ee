//! Renders SARIF 2.1.0, with a run per target, a rule per requirement, and a result per case that did not pass.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use super::log::{
    ArtifactLocation, AutomationDetails, Driver, Finding, Invocation, Location, Log,
    LogicalLocation, PhysicalLocation, Region, Run, Suppression, Text, Tool,
};
use super::rules::{Rules, digest};
use crate::report::case_summary::{CaseSummary, STALE, own_place, place_of, summaries, with};
use crate::report::place::Place;
use crate::report::record::Record;
use crate::run::Verdict;

/// Renders the report on these runs, as JSON.
///
/// # Errors
/// If the report cannot be written as JSON.
pub(in crate::report) fn sarif(records: &[Record]) -> Result<String, String> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: records.iter().map(run).collect(),
    };
    let text = serde_json::to_string_pretty(&log).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn run(record: &Record) -> Run {
    let results = &record.results;
    let mut rules = Rules::of(record);
    let mut found: Vec<_> =
        summaries(record).filter_map(|case| finding(record, case, &mut rules)).collect();
    found.extend(results.stale.iter().map(|known| stale(record, known, &mut rules)));
    let summary =
        results.summary.iter().map(|(verdict, count)| (verdict.to_string(), (*count).into()));
    let properties = BTreeMap::from([
        ("target", results.target.name.clone().into()),
        ("issuer", results.target.issuer.clone().into()),
        ("ruleset", results.ruleset.clone().into()),
        ("whole", results.whole.into()),
        ("summary", summary.collect::<serde_json::Map<_, _>>().into()),
    ]);
    Run {
        tool: Tool {
            driver: Driver {
                name: results.tool.name.clone(),
                semantic_version: results.tool.version.clone(),
                rules: rules.all,
            },
        },
        // GitHub distinguishes the runs of a file by the part before the last slash.
        automation_details: AutomationDetails { id: format!("authspec/{}/", results.target.name) },
        invocations: vec![Invocation {
            // Cases that were not run because the run ended early are inconclusive.
            execution_successful: results.whole
                || with(record, Verdict::Inconclusive).next().is_none(),
            end_time_utc: results.at.clone(),
        }],
        results: found,
        properties,
    }
}

fn finding(record: &Record, case: CaseSummary<'_>, rules: &mut Rules) -> Option<Finding> {
    // Inconclusive cases are open (SARIF §3.27.9), and then without a level (§3.27.10). They are
    // among the results, so that viewers do not show earlier failures as fixed. Not every
    // viewer supports suppressions, so known deviations are only notes.
    let (kind, level, word) = match case.entry.verdict {
        Verdict::Fail => ("fail", "error", "Fails"),
        Verdict::Warn => ("fail", "warning", "Warns"),
        Verdict::Known => ("fail", "note", "Known deviation"),
        Verdict::Inconclusive => ("open", "none", "Inconclusive, could not be tested"),
        Verdict::Pass | Verdict::NotApplicable => return None,
    };
    let known = (case.entry.verdict == Verdict::Known).then(|| Suppression {
        kind: "external",
        status: "accepted",
        justification: case.reason().to_owned(),
    });
    let id = &case.entry.id;
    let about = format!("{word}: {id} at {}", record.results.target.name);
    let message = format!("{about}\n{}", case.text());
    let (rule_id, rule_index) = rules.about(case);
    Some(Finding {
        rule_id,
        rule_index,
        kind,
        level,
        message: text(&message),
        locations: vec![location(&own_place(record, case), id)],
        related_locations: related(record, case),
        partial_fingerprints: fingerprints(record, id),
        suppressions: known.into_iter().collect(),
    })
}

fn stale(record: &Record, known: &str, rules: &mut Rules) -> Finding {
    let (rule_id, rule_index) = rules.stale();
    let place = place_of(record, known);
    let place = place.unwrap_or_else(|| Place { file: "known.toml".to_owned(), line: None });
    Finding {
        rule_id,
        rule_index,
        kind: "fail",
        level: "error",
        message: text(&format!("Stale: {known} at {}\n{STALE}", record.results.target.name)),
        locations: vec![location(&place, known)],
        related_locations: Vec::new(),
        partial_fingerprints: fingerprints(record, &format!("{known} (stale)")),
        suppressions: Vec::new(),
    }
}

/// A message in which no text from a server becomes a link (SARIF §3.11.6).
pub(in crate::report) fn text(message: &str) -> Text {
    Text { text: message.replace("](", "] (") }
}

/// Fingerprints that stay the same in every run, whatever the server answers and wherever the case is in its file.
fn fingerprints(record: &Record, id: &str) -> BTreeMap<&'static str, String> {
    let digest = digest(&format!("{}\n{id}", record.results.target.name), 8);
    // GitHub uses the second one, which it would otherwise compute from a file that may not be
    // in the repository.
    BTreeMap::from([
        ("authspec/case/v1", digest.clone()),
        ("primaryLocationLineHash", format!("{digest}:1")),
    ])
}

fn location(place: &Place, id: &str) -> Location {
    let name = LogicalLocation { fully_qualified_name: id.to_owned(), kind: "test" };
    Location { physical_location: physical(place), logical_locations: vec![name], message: None }
}

/// The suite file, if the result itself is in one of the user's files.
fn related(record: &Record, case: CaseSummary<'_>) -> Vec<Location> {
    let location = record.results.target.files.as_ref().map(|_| Location {
        physical_location: physical(&case.place()),
        logical_locations: Vec::new(),
        message: Some(text("the case in its suite")),
    });
    location.into_iter().collect()
}

fn physical(place: &Place) -> PhysicalLocation {
    let region = place.line.filter(|line| *line > 0).map(|start_line| Region { start_line });
    PhysicalLocation { artifact_location: artifact(&place.file), region }
}

/// A file as a URI: relative to the source root, or absolute if the suites are elsewhere.
fn artifact(file: &str) -> ArtifactLocation {
    let path = Path::new(file);
    let outside = path.is_absolute() || path.starts_with("..");
    let path = std::path::absolute(path).ok().filter(|_| outside);
    let absolute = path.and_then(|path| Url::from_file_path(path).ok());
    if let Some(url) = absolute {
        return ArtifactLocation { uri: url.into(), uri_base_id: None };
    }
    // A URL escapes the path correctly.
    let base = Url::parse("file:///").expect("a URL of ours");
    let uri = base.join(&file.replace('%', "%25").replace('?', "%3F").replace('#', "%23"));
    let uri =
        uri.map_or_else(|_| String::new(), |uri| uri.path().trim_start_matches('/').to_owned());
    ArtifactLocation { uri, uri_base_id: Some("%SRCROOT%") }
}
