//! The matrix as Markdown, to check in.

use std::fmt;
use std::path::Path;

use super::table::{Cell, Column, Deviation, Matrix, Row};
use crate::report::coverage::table_cell;
use crate::run::Verdict;

/// The matrix as Markdown, with links to snapshots.
#[derive(Clone, Copy, Debug)]
pub struct MatrixMarkdown<'a> {
    /// The matrix.
    pub matrix: &'a Matrix,
    /// The snapshot folder.
    pub snapshots: &'a Path,
    /// The relative link to that folder.
    pub link: &'a str,
}

impl fmt::Display for MatrixMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Servers\n")?;
        writeln!(
            f,
            "What real servers do about each requirement, as seen by `authspec run --start`."
        )?;
        writeln!(
            f,
            "Configured strictly and, where the name ends in `-lax`, laxly; the configuration is in"
        )?;
        writeln!(f, "`fixtures/`. Each cell links to the answers behind its verdict.\n")?;
        writeln!(
            f,
            "✓ pass · ! warn · ✗ fail · ✗ known: a deviation that its `known.toml` explains ·"
        )?;
        writeln!(f, "? inconclusive · – not applicable, or not asked under its ruleset\n")?;
        self.totals(f)?;
        for section in &self.matrix.specifications {
            writeln!(f, "\n## {}\n", section.name)?;
            let names = self.matrix.servers.iter().map(|it| format!(" {} |", it.name));
            writeln!(f, "| Section | Level | Requirement |{}", names.collect::<String>())?;
            writeln!(f, "|---|---|---|{}", ":-:|".repeat(self.matrix.servers.len()))?;
            section.rows.iter().try_for_each(|row| self.row(row, f))?;
        }
        writeln!(f, "\n# Deviations")?;
        self.matrix.servers.iter().try_for_each(|server| deviations(server, f))
    }
}

impl MatrixMarkdown<'_> {
    fn totals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdicts = Verdict::ALL.iter().map(|verdict| format!(" {verdict} |"));
        let verdicts: String = verdicts.collect();
        writeln!(f, "| Server | Version | Ruleset | Day |{verdicts} Seconds |")?;
        writeln!(f, "|---|---|---|---|{}--:|", "--:|".repeat(Verdict::ALL.len()))?;
        for server in &self.matrix.servers {
            let Column { name, version, ruleset, day, seconds, totals, .. } = server;
            let totals: String = totals.iter().map(|count| format!(" {count} |")).collect();
            writeln!(f, "| {name} | {version} | {ruleset} | {day} |{totals} {seconds:.1} |")?;
        }
        Ok(())
    }

    fn row(&self, row: &Row, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { cite, url, level, sentence, cells } = row;
        let cells = cells.iter().zip(&self.matrix.servers);
        let cells = cells.map(|(cell, server)| format!(" {} |", self.cell(cell, &server.name)));
        let (cells, sentence) = (cells.collect::<String>(), table_cell(sentence));
        writeln!(f, "| [§{}]({url}) | {level} | {sentence} |{cells}", cite.section)
    }

    fn cell(&self, cell: &Cell, server: &str) -> String {
        let file = cell.file(self.snapshots, server, "snap");
        match file.filter(|_| cell.verdict != Some(Verdict::NotApplicable)) {
            Some(file) => format!("[{}]({}/{file})", cell.symbol(), self.link),
            None => cell.symbol().to_owned(),
        }
    }
}

fn deviations(server: &Column, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n## {} {}\n", server.name, server.version)?;
    if server.deviations.is_empty() {
        return writeln!(f, "None.");
    }
    writeln!(f, "| Case | Verdict | Section | Seen | Why |\n|---|---|---|---|---|")?;
    for Deviation { id, verdict, cite, seen, reason } in &server.deviations {
        let (seen, reason) = (table_cell(seen), table_cell(reason));
        writeln!(f, "| `{id}` | {verdict} | {cite} | {seen} | {reason} |")?;
    }
    Ok(())
}
