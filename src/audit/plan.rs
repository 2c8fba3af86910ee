//! The plan: what to do, in which order, computed from the findings.

use super::answer::{Answer, Basis};
use super::catalogue::Question;
use super::client::ClientAudit;
use super::file::{About, Grant, Refused};
use super::fill::listed;
use super::plan_step::{Phase, PlanStep};
use super::planned::{Planned, says_no};
use super::progress::counts;
use super::switch::switch;
use super::threat::{ThreatAudit, ThreatStatus};

/// The steps of the plan, in order.
pub(super) fn plan(planned: &Planned<'_>) -> Vec<PlanStep> {
    let mut steps = planned.prepare();
    steps.extend(switch(planned));
    steps.extend(planned.turn_off());
    steps.extend(planned.harden());
    steps.extend(planned.strengthen());
    steps
}

impl Planned<'_> {
    /// Steps for what the server lacks, by question, except what a registration can change.
    fn prepare(&self) -> Vec<PlanStep> {
        let questions = self.catalogue.questions.iter();
        let one = |question: &Question| {
            let lacks = |client: &&ClientAudit| {
                says_no(client, question)
                    && counts(question, client.implicit)
                    && !self.is_unregistered(client, question)
                    && !self.is_beside_codes(client, question)
            };
            let clients: Vec<_> = self.clients.iter().filter(lacks).collect();
            self.step(Phase::Prepare, question, &clients)
        };
        questions.filter_map(one).collect()
    }

    /// Steps that turn off deprecated grants and what keeps them alive.
    fn turn_off(&self) -> Vec<PlanStep> {
        let mut steps = Vec::new();
        for question in self.catalogue.questions.iter().filter(|it| it.0.kept.is_some()) {
            let clients: Vec<_> =
                self.clients.iter().filter(|client| says_no(client, question)).collect();
            let Some(mut step) = self.step(Phase::TurnOff, question, &clients) else { continue };
            let covered = self.open().filter(|threat| covers(question, threat));
            step.threats = covered.map(|threat| threat.id.clone()).collect();
            step.text += &self.unregistered(question, &clients);
            steps.push(step);
        }
        let of_server = |it: &&Question| it.0.metadata.is_some() || it.0.registration.is_some();
        let said = self.catalogue.questions.iter().filter(of_server);
        steps.extend(said.filter_map(|question| self.of_server(Phase::TurnOff, question)));
        steps
    }

    /// Steps that close the remaining open threats, then steps for other answers.
    fn harden(&self) -> Vec<PlanStep> {
        let told = |it: &&Question| it.0.kept.is_some() || goes_beyond(it);
        let told = self.catalogue.questions.iter().filter(told);
        let is_left = |threat: &&ThreatAudit| !told.clone().any(|it| covers(it, threat));
        let mut steps: Vec<PlanStep> = Vec::new();
        for threat in self.open().filter(is_left) {
            let text = threat.change.clone().unwrap_or_default();
            match steps.iter_mut().find(|step| step.text == text) {
                Some(step) => step.threats.push(threat.id.clone()),
                None => steps.push(PlanStep {
                    phase: Phase::Harden,
                    text,
                    clients: Vec::new(),
                    questions: Vec::new(),
                    threats: vec![threat.id.clone()],
                }),
            }
        }
        let is_other = |it: &&Question| {
            let file = &it.0;
            file.decides.is_none()
                && file.metadata.is_none()
                && file.registration.is_none()
                && !file.optional
        };
        for question in self.catalogue.questions.iter().filter(is_other) {
            let is_new = |evidence: &[Basis]| !evidence.iter().all(|it| self.is_told(it));
            let clients = self.clients.iter().filter(|client| {
                says_no(client, question)
                    && client.answer(question.id()).is_some_and(|it| is_new(&it.evidence))
            });
            let clients: Vec<_> = clients.collect();
            steps.extend(match question.0.about {
                About::Client => self.step(Phase::Harden, question, &clients),
                About::Server => self.of_server(Phase::Harden, question).filter(|_| {
                    let given = self.server.iter().find(|it| it.question == question.id());
                    given.is_some_and(|it| is_new(&it.evidence))
                }),
            });
        }
        steps
    }

    /// Steps that go beyond what is required, with the threats that they close.
    fn strengthen(&self) -> Vec<PlanStep> {
        let questions = self.catalogue.questions.iter().filter(|it| goes_beyond(it));
        let one = |question: &Question| {
            let clients: Vec<_> =
                self.clients.iter().filter(|client| says_no(client, question)).collect();
            let mut step = self.step(Phase::Strengthen, question, &clients)?;
            let covered = self.open().filter(|threat| covers(question, threat));
            step.threats = covered.map(|threat| threat.id.clone()).collect();
            Some(step)
        };
        questions.filter_map(one).collect()
    }

    /// The step for a question, if it has a fix and is about some client or the server.
    fn step(
        &self,
        phase: Phase,
        question: &Question,
        clients: &[&ClientAudit],
    ) -> Option<PlanStep> {
        let can = question.0.listed.is_empty() || !listed(question, self.endpoints).is_empty();
        let fix = question.0.unlisted_fix.as_ref().filter(|_| !can).or(question.0.fix.as_ref());
        let text = fix.filter(|_| !clients.is_empty())?;
        Some(PlanStep {
            phase,
            text: self.fill(question, clients).text(text),
            clients: clients.iter().map(|client| client.name.clone()).collect(),
            questions: vec![question.id().to_owned()],
            threats: Vec::new(),
        })
    }

    fn of_server(&self, phase: Phase, question: &Question) -> Option<PlanStep> {
        let given = self.server.iter().find(|given| given.question == question.id())?;
        let text = question.0.fix.as_ref().filter(|_| given.answer == Answer::No)?;
        Some(PlanStep {
            phase,
            text: self.fill(question, &[]).text(text),
            clients: Vec::new(),
            questions: vec![question.id().to_owned()],
            threats: Vec::new(),
        })
    }

    /// A note that nothing changes for clients that are not registered for a grant that is turned off.
    fn unregistered(&self, question: &Question, clients: &[&ClientAudit]) -> String {
        let Some(grant) = question.0.kept.map(Grant::name) else {
            return String::new();
        };
        let is_registered =
            |it: &ClientAudit| self.client(it).is_some_and(|client| client.may(grant));
        let others: Vec<_> = clients.iter().filter(|it| !is_registered(it)).collect();
        let names: Vec<_> = others.iter().map(|client| client.name.as_str()).collect();
        let names = names.join(", ");
        match others.len() {
            0 => String::new(),
            1 => format!(
                " According to the target file, {names} is not registered for it, so nothing changes for this client."
            ),
            _ => format!(
                " According to the target file, {names} are not registered for it, so nothing changes for these clients."
            ),
        }
    }

    /// Whether it asks about a variant of codes, which do not work for the client at all.
    fn is_beside_codes(&self, audit: &ClientAudit, question: &Question) -> bool {
        let mut codes = self.catalogue.questions.iter().filter(|it| it.asks_for_codes());
        question.0.refused == Refused::No
            && !question.asks_for_codes()
            && codes.any(|it| says_no(audit, it))
    }

    fn open(&self) -> impl Iterator<Item = &ThreatAudit> {
        self.threats.iter().filter(|threat| threat.status == ThreatStatus::Open)
    }

    /// Whether an open threat depends on the same case.
    fn is_told(&self, ground: &Basis) -> bool {
        self.open().flat_map(|threat| &threat.evidence).any(|it| it.case == ground.case)
    }
}

/// Whether the answer to a question may be no, and what to do about that goes beyond what is required.
fn goes_beyond(question: &Question) -> bool {
    question.0.optional && question.0.fix.is_some()
}

/// Whether all cases that show the threat open belong to the question.
fn covers(question: &Question, threat: &ThreatAudit) -> bool {
    let case = |ground: &Basis| ground.case.split('@').next().unwrap_or_default().to_owned();
    threat.evidence.iter().all(|ground| question.rests_on(&case(ground)))
}
