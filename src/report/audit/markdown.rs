//! An audit as Markdown, to be checked in or put into an issue.

use std::fmt;
use std::path::Path;

use super::json::AuditReport;
use crate::audit::{About, Answer, Basis, Catalogue, Change, Given, Question, ServerAudit, Trend};
use crate::report::coverage::table_cell;
use crate::report::evidence::evidence_path;

/// An audit as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct AuditMarkdown<'a> {
    /// What to tell.
    pub report: &'a AuditReport,
    /// The questions that were asked.
    pub catalogue: &'a Catalogue,
    /// Where the evidence files are.
    pub evidence: &'a Path,
}

impl fmt::Display for AuditMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Audit of {}\n", self.report.at)?;
        for server in &self.report.servers {
            writeln!(f, "- **{}**: {}", text(&server.name), text(&server.headline()))?;
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
            return writeln!(f, "{}", text(&server.headline()));
        }
        for topic in &server.topics {
            writeln!(f, "- {}", text(&topic.sentence))?;
            topic.disagreements.iter().try_for_each(|it| writeln!(f, "- {}", text(it)))?;
        }
        self.answers(server, f)?;
        self.grounds(server, f)?;
        for each in &server.breaks {
            writeln!(f, "\n### What would break: {}\n", text(&each.client))?;
            writeln!(f, "Kept alive by {}.\n", each.kept_by)?;
            for (index, line) in each.migration.iter().enumerate() {
                writeln!(f, "{}. {line}", index + 1)?;
            }
        }
        self.threats(server, f)
    }

    fn of(&self, about: About) -> impl Iterator<Item = &Question> {
        self.catalogue.questions.iter().filter(move |question| question.0.about == about)
    }

    fn answers(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !server.clients.is_empty() {
            let names = server.clients.iter().map(|client| format!(" {} |", text(&client.name)));
            writeln!(f, "\n| Of each client |{}", names.collect::<String>())?;
            writeln!(f, "|---|{}", ":-:|".repeat(server.clients.len()))?;
            for question in self.of(About::Client) {
                let answer = |client: &crate::audit::ClientAudit| {
                    format!(" {} |", symbol(client.answer(question.id())))
                };
                let cells: String = server.clients.iter().map(answer).collect();
                writeln!(f, "| {} |{cells}", question.0.asks.get_ref())?;
            }
        }
        writeln!(f, "\n| Of the server | |\n|---|:-:|")?;
        for question in self.of(About::Server) {
            let given = server.server.iter().find(|given| given.question == question.id());
            writeln!(f, "| {} | {} |", question.0.asks.get_ref(), symbol(given))?;
        }
        Ok(())
    }

    fn grounds(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_clients = server.clients.iter().flat_map(|client| {
            client.answers.iter().map(|given| (Some(client.name.as_str()), given))
        });
        let all = of_clients.chain(server.server.iter().map(|given| (None, given)));
        let mut told: Vec<_> =
            all.filter(|(_, given)| matches!(given.answer, Answer::No | Answer::Unknown)).collect();
        told.sort_by_key(|(_, given)| std::cmp::Reverse(given.answer));
        if told.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n| Answer | Question | Client | Case | Seen |\n|---|---|---|---|---|")?;
        for (client, given) in told {
            let head = self.catalogue.question(&given.question).map_or("", |it| &it.0.head);
            for ground in &given.grounds {
                let (answer, client) = (given.answer, text(client.unwrap_or_default()));
                let (case, seen) = (self.case(server, ground), table_cell(&text(&ground.says)));
                writeln!(f, "| {answer} | {head} | {client} | {case} | {seen} |")?;
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
        writeln!(f, "\n| Threat | Section | Standing | Case | Seen | Smallest change |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        let mut threats: Vec<_> = server.threats.iter().collect();
        threats.sort_by_key(|threat| threat.status);
        for threat in threats {
            let ground = threat.grounds.first();
            let case = ground.map(|ground| self.case(server, ground)).unwrap_or_default();
            let seen = ground.map(|ground| table_cell(&text(&ground.says))).unwrap_or_default();
            let change = table_cell(threat.change.as_deref().unwrap_or_default());
            let (title, cite, url) = (&threat.title, &threat.cite, threat.cite.url());
            let status = threat.status;
            writeln!(f, "| {title} | [{cite}]({url}) | {status} | {case} | {seen} | {change} |")?;
        }
        Ok(())
    }
}

fn changed(trend: &Trend, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n## Since {}\n", text(&trend.since))?;
    let all = [("worse", &trend.worse), ("better", &trend.better), ("changed", &trend.other)];
    if all.iter().all(|(_, changes)| changes.is_empty()) {
        return writeln!(f, "Nothing has changed.");
    }
    writeln!(f, "| | Server | Client | About | Was | Is |\n|---|---|---|---|---|---|")?;
    for (word, changes) in all {
        for Change { server, client, about, was, is } in changes {
            let client = text(client.as_deref().unwrap_or_default());
            let was = was.as_deref().unwrap_or("not asked");
            let is = is.as_deref().unwrap_or("not asked");
            writeln!(f, "| {word} | {} | {client} | {about} | {was} | {is} |", text(server))?;
        }
    }
    Ok(())
}

/// What came over the wire, or from a file, as text and nothing else.
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

fn symbol(given: Option<&Given>) -> &'static str {
    match given.map(|given| given.answer) {
        Some(Answer::Yes) => "✓ yes",
        Some(Answer::No) => "✗ no",
        Some(Answer::Unknown) => "? unknown",
        Some(Answer::NotApplicable) | None => "–",
    }
}
