//! An audit as a self-contained HTML page.

use std::path::Path;

use askama::Template;

use super::json::AuditReport;
use super::rows::{
    GROUNDS, Mark, Proof, SEEN, brief, closes, counts, legend, mark, notes, nothing_to_do, phases,
    progress_class, proofs, questions, threats,
};
use crate::audit::{
    About, Basis, Catalogue, ClientAudit, Phase, PlanStep, Question, ServerAudit, ThreatAudit,
    ThreatStatus,
};
use crate::report::evidence::evidence_path;
use crate::report::html::spans;
use crate::source::counted;

/// An audit as a page, with links to evidence files.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditHtml<'a> {
    /// The audit.
    pub report: &'a AuditReport,
    /// The questions and threats.
    pub catalogue: &'a Catalogue,
    /// The evidence folder.
    pub evidence: &'a Path,
    /// The relative link to that folder.
    pub link: &'a str,
}

impl AuditHtml<'_> {
    fn of_clients(&self) -> Vec<&Question> {
        questions(self.catalogue, About::Client).collect()
    }

    fn of_server(&self) -> Vec<&Question> {
        questions(self.catalogue, About::Server).collect()
    }

    fn cell(&self, client: &ClientAudit, question: &Question) -> Mark {
        mark(Some(question), client.answer(question.id()).map(|given| given.answer))
    }

    fn told(&self, server: &ServerAudit, question: &Question) -> Mark {
        let given = server.server.iter().find(|given| given.question == question.id());
        mark(Some(question), given.map(|given| given.answer))
    }

    fn of_proof(&self, proof: &Proof<'_>) -> Mark {
        mark(Some(proof.question), Some(proof.answer))
    }

    fn progress(&self, client: &ClientAudit) -> &'static str {
        progress_class(client.progress)
    }

    fn status(&self, status: &ThreatStatus) -> &'static str {
        match status {
            ThreatStatus::Open => "fail",
            ThreatStatus::Unknown => "inconclusive",
            ThreatStatus::Closed => "pass",
            ThreatStatus::NotApplicable => "not-applicable",
        }
    }

    /// The threats to show in full, and the others.
    fn threats<'a>(&self, server: &'a ServerAudit) -> [Vec<&'a ThreatAudit>; 2] {
        let is_told = |it: &&ThreatAudit| {
            !server.clients.is_empty()
                && matches!(it.status, ThreatStatus::Open | ThreatStatus::Unknown)
        };
        let (told, others) = threats(server).into_iter().partition(is_told);
        [told, others]
    }

    fn plan<'a>(&self, server: &'a ServerAudit) -> Vec<(Phase, usize, Vec<&'a PlanStep>)> {
        phases(server)
    }

    fn nothing(&self, server: &ServerAudit) -> Option<&'static str> {
        nothing_to_do(server)
    }

    fn closes(&self, server: &ServerAudit, step: &PlanStep) -> String {
        closes(server, step).join("; ")
    }

    fn notes<'a>(&self, server: &'a ServerAudit) -> Vec<&'a str> {
        notes(server).collect()
    }

    fn legend(&self, server: &ServerAudit) -> Vec<(Mark, String)> {
        legend(self.catalogue, server)
    }

    fn counts(&self, server: &ServerAudit) -> String {
        counts(server)
    }

    fn proofs<'a>(&'a self, server: &'a ServerAudit) -> Vec<Proof<'a>> {
        proofs(self.catalogue, server)
    }

    /// The items to show, and those to fold.
    fn parts<'a>(&self, evidence: &[&'a Basis]) -> [Vec<&'a Basis>; 2] {
        let (shown, folded) = evidence.split_at(evidence.len().min(GROUNDS));
        [shown.to_vec(), folded.to_vec()]
    }

    fn all<'a>(&self, threat: &'a ThreatAudit) -> Vec<&'a Basis> {
        threat.evidence.iter().collect()
    }

    fn counted(&self, count: usize, what: &str) -> String {
        counted(count, what)
    }

    fn seen(&self, basis: &Basis) -> String {
        brief(&basis.seen, SEEN)
    }

    fn spans<'a>(&self, text: &'a str) -> Vec<(bool, &'a str)> {
        spans(text)
    }

    fn href(&self, server: &ServerAudit, ground: &Basis) -> Option<String> {
        let path = evidence_path(self.evidence, &server.name, &ground.case);
        let is_there = !ground.case.is_empty() && path.is_file();
        let place = path.strip_prefix(self.evidence).ok()?;
        is_there.then(|| format!("{}/{}", self.link, place.display()))
    }
}
