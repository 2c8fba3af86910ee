//! The input of a plan.

use super::answer::{Answer, Given};
use super::catalogue::{Catalogue, Question};
use super::client::ClientAudit;
use super::fill::Fill;
use super::threat::ThreatAudit;
use crate::run::{CaseResult, Endpoints};
use crate::target::{Client, Target};

/// The input of a plan.
pub(super) struct Planned<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) target: &'a Target,
    pub(super) endpoints: &'a Endpoints,
    pub(super) results: &'a [&'a CaseResult],
    pub(super) clients: &'a [ClientAudit],
    pub(super) server: &'a [Given],
    pub(super) threats: &'a [ThreatAudit],
}

impl Planned<'_> {
    /// Whether codes do not work for the client only because it is not registered for them.
    pub(super) fn is_unregistered(&self, audit: &ClientAudit, question: &Question) -> bool {
        question.asks_for_codes()
            && self.client(audit).is_some_and(|client| !client.uses_codes() || !client.visits())
    }

    /// The client in the target file.
    pub(super) fn client(&self, audit: &ClientAudit) -> Option<&Client> {
        self.target.clients.iter().find(|client| client.name == audit.name)
    }

    /// The values of placeholders.
    pub(super) fn fill(&self, question: &Question, clients: &[&ClientAudit]) -> Fill {
        let known = clients.iter().filter_map(|audit| self.client(audit));
        let why = clients.first().and_then(|client| client.answer(question.id()));
        let why = why.map(|given| given.why()).unwrap_or_default();
        Fill::new(question, known.collect(), why, self.results, self.endpoints)
    }
}

/// Whether the answer is no for the client.
pub(super) fn says_no(client: &ClientAudit, question: &Question) -> bool {
    client.answer(question.id()).is_some_and(|given| given.answer == Answer::No)
}
