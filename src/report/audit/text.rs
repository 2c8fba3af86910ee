//! An audit for a terminal: the headline, the plan, the tables, and the evidence.

use std::fmt;
use std::path::Path;

use super::json::AuditReport;
use super::rows::{
    GROUNDS, Mark, Proof, SEEN, brief, closes, counts, legend, mark, notes, nothing_to_do, phases,
    progress_class, proofs, questions, threats,
};
use crate::audit::{About, Basis, Catalogue, ServerAudit, ThreatAudit, ThreatStatus, Trend};
use crate::report::evidence::evidence_path;
use crate::report::style::Style;
use crate::source::counted;

/// An audit as text.
#[derive(Clone, Copy, Debug)]
pub struct AuditText<'a> {
    /// The audit.
    pub report: &'a AuditReport,
    /// The questions and threats.
    pub catalogue: &'a Catalogue,
    /// The evidence folder.
    pub evidence: &'a Path,
    /// The colors.
    pub style: Style,
}

impl fmt::Display for AuditText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = &self.report.servers;
        if servers.len() > 1 {
            for server in servers {
                writeln!(f, "{}: {}", server.name, server.headline)?;
            }
        }
        for (index, server) in servers.iter().enumerate() {
            if index > 0 || servers.len() > 1 {
                writeln!(f)?;
            }
            self.server(server, f)?;
        }
        match &self.report.trend {
            Some(trend) => self.trend(trend, f),
            None => Ok(()),
        }
    }
}

impl AuditText<'_> {
    fn server(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.style.strong(&server.headline))?;
        notes(server).try_for_each(|note| writeln!(f, "note: {note}"))?;
        writeln!(f, "\n{} ({})", server.name, server.issuer)?;
        if server.untried.is_some() {
            return Ok(());
        }
        self.plan(server, f)?;
        self.clients(server, f)?;
        self.of_server(server, f)?;
        for (mark, meaning) in legend(self.catalogue, server) {
            writeln!(f, "{}: {meaning}", self.painted(mark.class, mark.words))?;
        }
        self.threats(server, f)?;
        self.proofs(server, f)
    }

    fn width(&self) -> usize {
        let heads = self.catalogue.questions.iter().map(|question| question.0.head.chars().count());
        heads.max().unwrap_or_default()
    }

    fn clients(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if server.clients.is_empty() {
            return Ok(());
        }
        let first = self.width();
        let clients = || server.clients.iter();
        let mut rows: Vec<(&str, Vec<Cell<'_>>)> = vec![
            ("CLIENTS", clients().map(|client| ("", client.name.as_str())).collect()),
            ("kind", clients().map(|client| ("", client.client_type.name())).collect()),
            (
                "status",
                clients().map(|it| (progress_class(it.progress), it.progress.name())).collect(),
            ),
        ];
        for question in questions(self.catalogue, About::Client) {
            let answers = clients().map(|client| {
                let answer = client.answer(question.id()).map(|given| given.answer);
                cell(mark(Some(question), answer))
            });
            rows.push((&question.0.head, answers.collect()));
        }
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|(_, cells)| cells.get(column));
            cells.map(|(_, text)| text.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..server.clients.len()).map(width).collect();
        writeln!(f)?;
        for (head, cells) in &rows {
            let last = cells.len() - 1;
            write!(f, "{head:first$}")?;
            for (column, (class, text)) in cells.iter().enumerate() {
                let after = if column == last { 0 } else { widths[column] - text.chars().count() };
                write!(f, "  {}{:after$}", self.painted(class, text), "")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    /// Text in the color of this class of answers.
    fn painted(&self, class: &str, text: &str) -> String {
        match class {
            "pass" => self.style.good(text),
            "fail" => self.style.bad(text),
            "warn" => self.style.caution(text),
            "inconclusive" => self.style.unknown(text),
            "not-applicable" => self.style.dim(text),
            _ => text.to_owned(),
        }
    }

    fn of_server(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.width();
        writeln!(f, "\n{}", self.style.strong("SERVER"))?;
        for question in questions(self.catalogue, About::Server) {
            let given = server.server.iter().find(|given| given.question == question.id());
            let (class, words) = cell(mark(Some(question), given.map(|given| given.answer)));
            writeln!(f, "{:first$}  {}", question.0.head, self.painted(class, words))?;
        }
        writeln!(f)
    }

    /// Writes the evidence of every answer that is not yes.
    fn proofs(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proofs = proofs(self.catalogue, server);
        if !proofs.is_empty() {
            writeln!(f, "\n{} for each answer that is not yes", self.style.strong("EVIDENCE"))?;
        }
        for Proof { question, answer, clients, evidence } in proofs {
            let (class, words) = cell(mark(Some(question), Some(answer)));
            let words = self.painted(class, words);
            let whom = match clients.is_empty() {
                true => String::new(),
                false => format!("   {}", clients.join(", ")),
            };
            writeln!(f, "\n{words}  {}{whom}", question.0.asks.get_ref())?;
            self.evidence(server, &evidence, f)?;
        }
        Ok(())
    }

    fn evidence(
        &self,
        server: &ServerAudit,
        evidence: &[&Basis],
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        for ground in evidence.iter().take(GROUNDS) {
            writeln!(f, "     {}", brief(&ground.seen, SEEN))?;
            if !ground.case.is_empty() {
                let path = evidence_path(self.evidence, &server.name, &ground.case);
                writeln!(f, "       case  {}   evidence  {}", ground.case, path.display())?;
            }
        }
        let more: Vec<_> = evidence.iter().skip(GROUNDS).map(|it| &*it.case).collect();
        match more.is_empty() {
            true => Ok(()),
            false => writeln!(f, "       also  {}", brief(&more.join(", "), SEEN)),
        }
    }

    fn threats(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}  {}", self.style.strong("THREATS"), counts(server))?;
        if server.clients.is_empty() {
            return Ok(());
        }
        threats(server).into_iter().try_for_each(|threat| self.threat(server, threat, f))
    }

    fn threat(
        &self,
        server: &ServerAudit,
        threat: &ThreatAudit,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let cites = threat.cite.to_string();
        let status = format!("{:<14}", threat.status);
        let status = match threat.status {
            ThreatStatus::Open => self.style.bad(&status),
            ThreatStatus::Closed => self.style.good(&status),
            ThreatStatus::Unknown => self.style.unknown(&status),
            ThreatStatus::NotApplicable => self.style.dim(&status),
        };
        writeln!(f, "{status}  {:<48}  {}", threat.title, self.style.dim(&cites))?;
        if !matches!(threat.status, ThreatStatus::Open | ThreatStatus::Unknown) {
            return Ok(());
        }
        if threat.status == ThreatStatus::Open {
            writeln!(f, "     {}", threat.attacker)?;
        }
        self.evidence(server, &threat.evidence.iter().collect::<Vec<_>>(), f)
    }

    fn trend(&self, trend: &Trend, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (better, worse) = (trend.better.len(), trend.worse.len());
        let other = trend.other.len();
        writeln!(
            f,
            "\nSince {}: {better} better, {worse} worse, {other} otherwise changed",
            trend.since
        )?;
        let all = [("worse", &trend.worse), ("better", &trend.better), ("changed", &trend.other)];
        for (word, changes) in all {
            for change in changes {
                let client = change.client.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
                let was = change.before.as_deref().unwrap_or("not asked");
                let is = change.now.as_deref().unwrap_or("not asked");
                writeln!(
                    f,
                    "{word:<8}  {}{client} {}: {was}, now {is}",
                    change.server, change.about
                )?;
            }
        }
        Ok(())
    }

    fn plan(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to_do = self.style.strong("TO DO");
        match nothing_to_do(server) {
            Some(nothing) => return writeln!(f, "\n{to_do}  {nothing}"),
            None => {
                let order = if server.plan.len() > 1 { ", in this order" } else { "" };
                writeln!(f, "\n{to_do}  {}{order}", counted(server.plan.len(), "step"))?;
            }
        }
        for (phase, first, steps) in phases(server) {
            writeln!(f, "\n{}", self.style.strong(phase.title()))?;
            for (index, step) in steps.into_iter().enumerate() {
                writeln!(f, "{:>3}. {}", first + index, step.text)?;
                let closes = closes(server, step);
                if !closes.is_empty() {
                    writeln!(f, "     closes: {}", closes.join("; "))?;
                }
            }
        }
        Ok(())
    }
}

/// A cell of a table: the class of an answer, and its text.
type Cell<'a> = (&'a str, &'a str);

fn cell(mark: Mark) -> Cell<'static> {
    (mark.class, mark.words)
}
