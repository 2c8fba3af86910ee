//! Workflow commands of GitHub Actions, one annotation per line.
//!
//! GitHub shows only the first ten annotations of a kind per step. So the worst come first, after a
//! notice with their number.

use super::case_summary::{
    CaseSummary, PARTIAL, STALE, by_case, by_reason, own_place, place_of, totals,
};
use super::place::Place;
use super::record::Record;
use crate::run::Verdict;
use crate::source::counted;
use crate::wire::{printable, shortened};

/// The maximum length of a text in a message, in characters; GitHub shows 4096 bytes of a message.
const TEXT_LIMIT: usize = 500;

/// The number of annotations of a kind that GitHub shows.
const SHOWN: usize = 10;

/// Renders the report on these runs, as lines for the log of a step.
pub(super) fn github(records: &[Record]) -> String {
    let errors: Vec<_> =
        [fails, strictly, stale, inconclusive].iter().flat_map(|of| all(records, *of)).collect();
    let warnings = all(records, warns);
    let mut lines: Vec<_> = records.iter().map(headline).collect();
    for (kind, these) in [("errors", &errors), ("warnings", &warnings)] {
        if these.len() > SHOWN {
            let text = format!("{SHOWN} of {} {kind} are shown; see the log for all.", these.len());
            lines.push(line("notice", None, &format!("authspec: {} {kind}", these.len()), &text));
        }
    }
    lines.into_iter().chain(errors).chain(warnings).map(|line| line + "\n").collect()
}

fn all(records: &[Record], of: fn(&Record) -> Vec<String>) -> Vec<String> {
    records.iter().flat_map(of).collect()
}

fn headline(record: &Record) -> String {
    let (results, totals) = (&record.results, totals(record));
    let title = format!("authspec: {}", results.target.name);
    let partial = if results.whole { String::new() } else { format!("\n{PARTIAL}") };
    let text = format!("{totals} under the ruleset {}{partial}", results.ruleset);
    line("notice", None, &title, &text)
}

fn fails(record: &Record) -> Vec<String> {
    let found = |cases: Vec<CaseSummary<'_>>| found("error", "breaks", record, &cases);
    by_case(record, Verdict::Fail).into_iter().map(found).collect()
}

fn warns(record: &Record) -> Vec<String> {
    if record.results.strict { Vec::new() } else { warned(record, "warning") }
}

/// Warnings that fail the run.
fn strictly(record: &Record) -> Vec<String> {
    if record.results.strict { warned(record, "error") } else { Vec::new() }
}

fn warned(record: &Record, kind: &str) -> Vec<String> {
    let found = |cases: Vec<CaseSummary<'_>>| found(kind, "strays from", record, &cases);
    by_case(record, Verdict::Warn).into_iter().map(found).collect()
}

/// One annotation per case, for all clients that it failed with.
fn found(kind: &str, verb: &str, record: &Record, cases: &[CaseSummary<'_>]) -> String {
    let (case, target) = (cases[0], &record.results.target.name);
    let title = format!("{target}: {} {verb} {}", case.entry.id, case.cited());
    let mut text: Vec<_> =
        case.requirement().map(|requirement| requirement.sentence.clone()).into_iter().collect();
    for finding in case.findings().take(1) {
        let texts = [&finding.sent, &finding.expected, &finding.actual];
        for (word, it) in ["Sent", "Expected", "Actual"].iter().zip(texts) {
            text.push(format!("{word}: {}", shortened(it, TEXT_LIMIT)));
        }
    }
    let more = case.entry.findings.len().saturating_sub(1);
    text.extend((more > 0).then(|| format!("And {}.", counted(more, "more finding"))));
    let also: Vec<_> = cases[1..].iter().filter_map(|it| it.entry.client.as_deref()).collect();
    text.extend((!also.is_empty()).then(|| format!("Also as {}.", also.join(", "))));
    // The reader may not have the suite file.
    text.push(format!("{} · authspec explain {}", case.place(), case.entry.id));
    line(kind, Some(&own_place(record, case)), &title, &text.join("\n"))
}

fn stale(record: &Record) -> Vec<String> {
    let one = |known: &String| {
        let title = format!("{}: {known} is stale", record.results.target.name);
        line("error", place_of(record, known).as_ref(), &title, STALE)
    };
    record.results.stale.iter().map(one).collect()
}

/// One annotation per reason, as an unreachable server makes every case inconclusive.
fn inconclusive(record: &Record) -> Vec<String> {
    let one = |(reason, cases): (&str, Vec<CaseSummary<'_>>)| {
        let (target, first) = (&record.results.target.name, cases[0]);
        let title = format!("{target}: {} is inconclusive", first.entry.id);
        let mut text = vec![shortened(reason, TEXT_LIMIT)];
        let more = cases.len() - 1;
        text.extend((more > 0).then(|| format!("So are {}.", counted(more, "more case"))));
        line("error", Some(&own_place(record, first)), &title, &text.join("\n"))
    };
    by_reason(record).into_iter().map(one).collect()
}

fn line(kind: &str, place: Option<&Place>, title: &str, text: &str) -> String {
    let mut properties = Vec::new();
    if let Some(Place { file, line }) = place {
        properties.push(format!("file={}", property(file)));
        properties.extend(line.map(|line| format!("line={line}")));
    }
    properties.push(format!("title={}", property(&shortened(title, TEXT_LIMIT))));
    format!("::{kind} {}::{}", properties.join(","), data(text))
}

/// A message, escaped for a command so that it cannot end the line.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, escaped for a command so that it cannot end the property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
