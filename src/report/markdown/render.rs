//! Renders Markdown, for a job summary.

use super::block::{Block, Modules, Stale, Table, Unclear};
use super::text::{code, prose};
use crate::report::case_summary::{PARTIAL, by_reason, summaries, with};
use crate::report::record::Record;
use crate::run::Verdict;
use crate::source::counted;

/// The maximum size, in bytes. GitHub refuses a summary of more than 1 MiB, and a job may add
/// more to it.
const LIMIT: usize = 900 << 10;

/// Renders the report on these runs, as Markdown.
pub(in crate::report) fn markdown(records: &[Record]) -> String {
    let mut page = Page(format!("# authspec: {}\n\n{}", headline(records), Table(records)));
    for record in records.iter().filter(|record| has_news(record)) {
        let target = &record.results.target;
        let (name, issuer) = (prose(&target.name), code(&target.issuer));
        let partial = if record.results.whole { "" } else { PARTIAL };
        page.add(&format!("\n## {name}\n\nIssuer {issuer}\n\n{partial}\n"));
        if !record.results.modules.is_empty() {
            page.add(&Modules(&record.results).to_string());
        }
        parts(record).iter().for_each(|part| page.part(part));
    }
    page.0
}

/// A page with a size limit.
struct Page(String);

impl Page {
    /// Adds a text if there is room for it, and returns whether there was.
    fn add(&mut self, text: &str) -> bool {
        let fits = self.0.len() + text.len() <= LIMIT;
        if fits {
            self.0 += text;
        }
        fits
    }

    /// Adds as many cases as there is room for, and the number of those left out.
    fn part(&mut self, Part { what, folded, blocks }: &Part) {
        if blocks.is_empty() {
            return;
        }
        let count = counted(blocks.len(), what);
        if *folded {
            self.add(&format!("\n<details><summary>{count}</summary>\n"));
        }
        let fit = blocks.iter().take_while(|block| self.add(block)).count();
        if fit < blocks.len() {
            let left = format!("{} of {count} are left out", blocks.len() - fit);
            let why = "as job summaries are limited in size; `results.json` has all of them";
            // A single line fits between this limit and that of GitHub.
            self.0 += &["\n**", &left, ",** ", why, ".\n"].concat();
        }
        if *folded {
            self.0 += "\n</details>\n";
        }
    }
}

/// Cases of one kind.
struct Part {
    /// What one of them is called.
    what: &'static str,
    folded: bool,
    blocks: Vec<String>,
}

fn headline(records: &[Record]) -> String {
    let of = |verdict| records.iter().map(|record| with(record, verdict).count()).sum::<usize>();
    let stale: usize = records.iter().map(|record| record.results.stale.len()).sum();
    let bad = [
        (of(Verdict::Fail), "fail"),
        (stale, "stale"),
        (of(Verdict::Inconclusive), "inconclusive"),
        (of(Verdict::Warn), "warn"),
    ];
    let bad = bad.iter().filter(|(count, _)| *count > 0);
    let bad: Vec<_> = bad.map(|(count, word)| format!("{count} {word}")).collect();
    match bad.as_slice() {
        [] => format!("{} pass", of(Verdict::Pass)),
        bad => bad.join(", "),
    }
}

fn has_news(record: &Record) -> bool {
    let quiet = [Verdict::Pass, Verdict::NotApplicable];
    let is_whole = record.results.whole && record.results.stale.is_empty();
    !is_whole
        || !record.results.modules.is_empty()
        || summaries(record).any(|it| !quiet.contains(&it.entry.verdict))
}

/// The parts of a run's summary, the worst first.
fn parts(record: &Record) -> [Part; 5] {
    let part = |what, folded, blocks| Part { what, folded, blocks };
    let of = |verdict| with(record, verdict).map(|case| Block(case).to_string()).collect();
    let stale = record.results.stale.iter().map(|known| Stale(record, known).to_string());
    let unclear = by_reason(record);
    let unclear = unclear.iter().map(|(reason, cases)| Unclear(reason, cases).to_string());
    [
        part("failure", false, of(Verdict::Fail)),
        part("stale deviation", false, stale.collect()),
        part("inconclusive reason", false, unclear.collect()),
        part("warning", true, of(Verdict::Warn)),
        part("known deviation", true, of(Verdict::Known)),
    ]
}
