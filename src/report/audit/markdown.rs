//! An audit as Markdown, to check in or paste into an issue.

use std::fmt;
use std::path::Path;

use super::json::AuditReport;
use super::rows::{
    Proof, SEEN, brief, closes, counts, legend, mark, notes, nothing_to_do, phases, proofs,
    questions, threats,
};
use crate::audit::{
    About, Basis, Catalogue, Change, ClientAudit, ServerAudit, ThreatStatus, Trend,
};
use crate::report::coverage::table_cell;
use crate::report::evidence::evidence_path;
use crate::report::html::spans;
use crate::report::markdown::code;

/// An audit as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct AuditMarkdown<'a> {
    /// The audit.
    pub report: &'a AuditReport,
    /// The questions and threats.
    pub catalogue: &'a Catalogue,
    /// The evidence folder.
    pub evidence: &'a Path,
}

impl fmt::Display for AuditMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Audit of {}\n", self.report.at)?;
        for server in &self.report.servers {
            writeln!(f, "- **{}**: {}", text(&server.name), text(&server.headline))?;
        }
        self.report.servers.iter().try_for_each(|server| self.server(server, f))?;
        match &self.report.trend {
            Some(trend) => changed(trend, f),
            None => Ok(()),
        }
    }
}

impl AuditMarkdown<'_> {
    fn server(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n## {} ({})\n", text(&server.name), text(&server.issuer))?;
        if server.untried.is_some() {
            return Ok(());
        }
        for note in notes(server) {
            writeln!(f, "Note: {}\n", text(note))?;
        }
        plan(server, f)?;
        self.answers(server, f)?;
        for (mark, meaning) in legend(self.catalogue, server) {
            writeln!(f, "\n{}: {}", mark.words, text(&meaning))?;
        }
        self.threats(server, f)?;
        self.proofs(server, f)
    }

    fn answers(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !server.clients.is_empty() {
            let row = |cells: Vec<String>| cells.join(" | ");
            let of_each = |cell: &dyn Fn(&ClientAudit) -> String| {
                row(server.clients.iter().map(cell).collect())
            };
            writeln!(f, "\n### Clients\n")?;
            writeln!(f, "| | {} |", of_each(&|client| text(&client.name)))?;
            writeln!(f, "|---|{}", ":-:|".repeat(server.clients.len()))?;
            writeln!(f, "| Kind | {} |", of_each(&|client| client.client_type.name().to_owned()))?;
            writeln!(f, "| Status | {} |", of_each(&|client| client.progress.to_string()))?;
            for question in questions(self.catalogue, About::Client) {
                let answer = |client: &ClientAudit| {
                    let answer = client.answer(question.id()).map(|given| given.answer);
                    mark(Some(question), answer).words.to_owned()
                };
                writeln!(f, "| {} | {} |", question.0.asks.get_ref(), of_each(&answer))?;
            }
        }
        writeln!(f, "\n### Server\n\n| | |\n|---|:-:|")?;
        for question in questions(self.catalogue, About::Server) {
            let given = server.server.iter().find(|given| given.question == question.id());
            let words = mark(Some(question), given.map(|given| given.answer)).words;
            writeln!(f, "| {} | {words} |", question.0.asks.get_ref())?;
        }
        Ok(())
    }

    fn proofs(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proofs = proofs(self.catalogue, server);
        if !proofs.is_empty() {
            writeln!(f, "\n### Evidence\n\nFor each answer that is not yes.")?;
        }
        for Proof { question, answer, clients, evidence } in proofs {
            let words = mark(Some(question), Some(answer)).words;
            let whom = match clients.is_empty() {
                true => String::new(),
                false => format!(" ({})", text(&clients.join(", "))),
            };
            writeln!(f, "\n**{words}** {}{whom}\n", question.0.asks.get_ref())?;
            for ground in evidence {
                let case = self.case(server, ground);
                let case = if case.is_empty() { case } else { format!(" — {case}") };
                writeln!(f, "- {}{case}", text(&brief(&ground.seen, SEEN)))?;
            }
        }
        Ok(())
    }

    fn case(&self, server: &ServerAudit, ground: &Basis) -> String {
        if ground.case.is_empty() {
            return String::new();
        }
        let path = evidence_path(self.evidence, &server.name, &ground.case);
        format!("[`{}`](<{}>)", ground.case, path.display())
    }

    fn threats(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n### What an attacker can do today\n\n{}.\n", counts(server))?;
        writeln!(
            f,
            "| | Threat | What an attacker does | Section | Seen |\n|---|---|---|---|---|"
        )?;
        for threat in threats(server) {
            let (title, cite, url) = (&threat.title, &threat.cite, threat.cite.url());
            let status = threat.status;
            // Cases are shown for threats that are not closed only.
            let is_told = matches!(status, ThreatStatus::Open | ThreatStatus::Unknown);
            let ground = threat.evidence.first().filter(|_| is_told);
            let seen = ground.map(|ground| {
                format!(
                    "{} {}",
                    table_cell(&text(&brief(&ground.seen, SEEN))),
                    self.case(server, ground)
                )
            });
            let attacker = if status == ThreatStatus::Open { threat.attacker.as_str() } else { "" };
            let (attacker, seen) = (table_cell(attacker), seen.unwrap_or_default());
            writeln!(f, "| {status} | {title} | {attacker} | [{cite}]({url}) | {seen} |")?;
        }
        Ok(())
    }
}

/// The plan.
fn plan(server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "### What to do, in this order\n")?;
    if let Some(nothing) = nothing_to_do(server) {
        return writeln!(f, "{nothing}");
    }
    for (phase, first, steps) in phases(server) {
        writeln!(f, "**{}**\n", phase.title())?;
        for (index, step) in steps.into_iter().enumerate() {
            let closes = closes(server, step);
            let closes = match closes.is_empty() {
                true => String::new(),
                false => format!(" *Closes: {}.*", text(&closes.join("; "))),
            };
            writeln!(f, "{}. {}{closes}", first + index, spanned(&step.text))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn changed(trend: &Trend, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n## Since {}\n", text(&trend.since))?;
    let all = [("worse", &trend.worse), ("better", &trend.better), ("changed", &trend.other)];
    if all.iter().all(|(_, changes)| changes.is_empty()) {
        return writeln!(f, "Nothing has changed.");
    }
    writeln!(f, "| | Server | Client | About | Was | Is |\n|---|---|---|---|---|---|")?;
    for (word, changes) in all {
        for Change { server, client, about, before: was, now: is } in changes {
            let client = text(client.as_deref().unwrap_or_default());
            let was = was.as_deref().unwrap_or("not asked");
            let is = is.as_deref().unwrap_or("not asked");
            writeln!(f, "| {word} | {} | {client} | {about} | {was} | {is} |", text(server))?;
        }
    }
    Ok(())
}

/// One of authspec's own texts, with code between backticks.
fn spanned(raw: &str) -> String {
    let part = |(is_code, part): (bool, &str)| if is_code { code(part) } else { text(part) };
    spans(raw).into_iter().map(part).collect()
}

/// Text from the wire or a file, escaped.
fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '~' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}
