//! A comparison for a terminal, and for a pull request.

use std::fmt;

use super::compare::{CaseChange, Comparison, Difference};
use crate::report::markdown::{code, prose};
use crate::report::style::Style;
use crate::run::Verdict;
use crate::source::counted;
use crate::wire::{printable, shortened};

/// The maximum length of what was seen in a case, in characters.
const SEEN_LIMIT: usize = 300;

/// Comparisons as plain text.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonText<'a> {
    /// The comparisons.
    pub comparisons: &'a [Comparison],
    /// The colors.
    pub style: Style,
}

impl fmt::Display for ComparisonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, comparison) in self.comparisons.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            writeln!(f, "{gap}{}: {}", comparison.target, totals(comparison))?;
            comparison.notes.iter().try_for_each(|note| writeln!(f, "  note: {note}"))?;
            for (became, cases) in comparison.parts() {
                let head = became.to_string();
                let head = match became {
                    CaseChange::Broken | CaseChange::Gone => self.style.bad(&head),
                    CaseChange::Warned | CaseChange::NotSeen => self.style.caution(&head),
                    CaseChange::Mended => self.style.good(&head),
                    CaseChange::Changed | CaseChange::Drifted | CaseChange::New => {
                        self.style.strong(&head)
                    }
                };
                writeln!(f, "\n{head}")?;
                for case in cases {
                    let Difference { id, requirement, .. } = case;
                    let gap = " ".repeat(52_usize.saturating_sub(id.chars().count()));
                    let id = self.style.id(id);
                    writeln!(f, "  {id}{gap} {:<28} {requirement}", verdicts(case))?;
                    for (side, seen) in sides(case) {
                        writeln!(f, "      {side:<6} {seen}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Comparisons as Markdown, for a pull request.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonMarkdown<'a>(pub &'a [Comparison]);

impl fmt::Display for ComparisonMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# authspec: what changed")?;
        for comparison in self.0 {
            writeln!(f, "\n## {}\n\n{}", prose(&comparison.target), totals(comparison))?;
            let notes = comparison.notes.iter().map(|note| format!("\n> {}\n", prose(note)));
            write!(f, "{}", notes.collect::<String>())?;
            for (became, cases) in comparison.parts() {
                let title = became.to_string();
                let (first, rest) = title.split_at(1);
                writeln!(f, "\n### {}{rest}\n", first.to_uppercase())?;
                writeln!(f, "| Case | Verdict | Requirement | Seen |\n|---|---|---|---|")?;
                cases.into_iter().try_for_each(|case| row(case, f))?;
            }
        }
        Ok(())
    }
}

fn row(case: &Difference, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let seen = sides(case).into_iter().map(|(side, seen)| format!("{side} {}", code(&seen)));
    let seen = seen.collect::<Vec<_>>().join("<br>").replace('|', "\\|");
    let (id, verdicts, requirement) = (code(&case.id), verdicts(case), prose(&case.requirement));
    writeln!(f, "| {id} | {verdicts} | {requirement} | {seen} |")
}

/// The number of cases by change, in a line.
fn totals(comparison: &Comparison) -> String {
    let parts = comparison.parts().map(|(became, cases)| format!("{} {became}", cases.len()));
    let same = match comparison.same {
        0 => None,
        count if comparison.differences.is_empty() => {
            Some(format!("no difference in {}", counted(count, "case")))
        }
        count => Some(format!("{} the same", counted(count, "case"))),
    };
    parts.chain(same).collect::<Vec<_>>().join(", ")
}

fn verdicts(case: &Difference) -> String {
    let name = |verdict: Option<Verdict>| verdict.map_or("absent", Verdict::name);
    match case.became {
        CaseChange::Drifted => name(case.now).to_owned(),
        CaseChange::New => format!("{} now", name(case.now)),
        _ => format!("{} → {}", name(case.before), name(case.now)),
    }
}

/// What was seen before and now, if it differs.
fn sides(case: &Difference) -> Vec<(&'static str, String)> {
    if case.seen_before == case.seen_now {
        return Vec::new();
    }
    let sides = [("before", &case.seen_before), ("now", &case.seen_now)].into_iter();
    let text =
        |seen: &[String]| printable(&shortened(&seen.join("; "), SEEN_LIMIT)).replace('\n', " ");
    sides.filter(|(_, seen)| !seen.is_empty()).map(|(side, seen)| (side, text(seen))).collect()
}
