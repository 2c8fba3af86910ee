//! An audit as one page of HTML that needs nothing else.

use std::path::Path;

use askama::Template;

use super::json::AuditReport;
use crate::audit::{
    About, Answer, Basis, Catalogue, ClientAudit, Given, Question, ServerAudit, ThreatAudit,
    ThreatStatus,
};
use crate::report::evidence::evidence_path;

/// An audit as a page, with links to evidence files.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditHtml<'a> {
    /// What to tell.
    pub report: &'a AuditReport,
    /// The questions that were asked.
    pub catalogue: &'a Catalogue,
    /// Where the evidence files are.
    pub evidence: &'a Path,
    /// How the page leads to that folder.
    pub link: &'a str,
}

/// An answer that is not yes, with whom it is about.
struct Problem<'a> {
    question: &'a str,
    client: &'a str,
    given: &'a Given,
}

impl AuditHtml<'_> {
    fn of_clients(&self) -> Vec<&Question> {
        let all = self.catalogue.questions.iter();
        all.filter(|question| question.0.about == About::Client).collect()
    }

    fn of_server(&self) -> Vec<&Question> {
        let all = self.catalogue.questions.iter();
        all.filter(|question| question.0.about == About::Server).collect()
    }

    fn cell(&self, client: &ClientAudit, question: &Question) -> (&'static str, &'static str) {
        shown(client.answer(question.id()).map(|given| given.answer))
    }

    fn told(&self, server: &ServerAudit, question: &Question) -> (&'static str, &'static str) {
        let given = server.server.iter().find(|given| given.question == question.id());
        shown(given.map(|given| given.answer))
    }

    fn troubles<'a>(&'a self, server: &'a ServerAudit) -> Vec<Problem<'a>> {
        let of_clients = server
            .clients
            .iter()
            .flat_map(|client| client.answers.iter().map(|given| (client.name.as_str(), given)));
        let all = of_clients.chain(server.server.iter().map(|given| ("", given)));
        let mut found: Vec<_> = all
            .filter(|(_, given)| matches!(given.answer, Answer::No | Answer::Unknown))
            .map(|(client, given)| {
                let question = self.catalogue.question(&given.question);
                let question = question.map_or("", |question| &question.0.head);
                Problem { question, client, given }
            })
            .collect();
        found.sort_by_key(|trouble| std::cmp::Reverse(trouble.given.answer));
        found
    }

    fn threats<'a>(&self, server: &'a ServerAudit) -> Vec<&'a ThreatAudit> {
        let mut threats: Vec<_> = server.threats.iter().collect();
        threats.sort_by_key(|threat| threat.status);
        threats
    }

    fn answer(&self, answer: &Answer) -> (&'static str, &'static str) {
        shown(Some(*answer))
    }

    fn status(&self, status: &ThreatStatus) -> &'static str {
        match status {
            ThreatStatus::Open => "fail",
            ThreatStatus::Unknown => "inconclusive",
            ThreatStatus::Closed => "pass",
            ThreatStatus::NotApplicable => "not-applicable",
        }
    }

    fn href(&self, server: &ServerAudit, ground: &Basis) -> Option<String> {
        let path = evidence_path(self.evidence, &server.name, &ground.case);
        let is_there = !ground.case.is_empty() && path.is_file();
        let place = path.strip_prefix(self.evidence).ok()?;
        is_there.then(|| format!("{}/{}", self.link, place.display()))
    }
}

/// The class and the words of an answer, which needs no colour to be told from the others.
fn shown(answer: Option<Answer>) -> (&'static str, &'static str) {
    match answer {
        Some(Answer::Yes) => ("pass", "✓ yes"),
        Some(Answer::No) => ("fail", "✗ no"),
        Some(Answer::Unknown) => ("inconclusive", "? unknown"),
        Some(Answer::NotApplicable) | None => ("not-applicable", "–"),
    }
}
