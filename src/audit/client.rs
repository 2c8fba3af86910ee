//! The findings about one client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Basis, Given};
use super::case_answer::{CaseAnswer, Reading, barred, knows};
use super::catalogue::Question;
use super::file::{Grant, Refused};
use super::progress::{Progress, progress};
use crate::oauth::names::IMPLICIT;
use crate::run::CaseResult;
use crate::target::Client;

/// The findings about one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientAudit {
    /// Its name in the target file.
    pub name: String,
    /// Its kind.
    pub client_type: ClientType,
    /// Whether it is registered for the implicit grant, according to the target file.
    pub implicit: bool,
    /// Its progress towards code with PKCE.
    pub progress: Progress,
    /// Why it is no further; empty if nothing blocks it.
    pub why: String,
    /// The deprecated grants that give it tokens.
    pub alive: Vec<Grant>,
    /// The answers, in the order of the questions.
    pub answers: Vec<Given>,
}

/// The kind of a client (RFC6749 §2.1, RFC8252 §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientType {
    /// It has a secret.
    Confidential,
    /// It has no secret.
    Public,
    /// It has no secret, and is an app on the user's device.
    Native,
}

impl ClientType {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confidential => "confidential",
            Self::Public => "public",
            Self::Native => "native",
        }
    }
}

impl ClientAudit {
    /// The answer to a question, if it was asked.
    pub fn answer(&self, question: &str) -> Option<&Given> {
        self.answers.iter().find(|given| given.question == question)
    }
}

/// What is known about the subject of a question.
#[derive(Clone, Copy, Default)]
pub(super) struct AskedOf<'a> {
    /// Whether the server has shown that it knows the client.
    pub(super) is_known: bool,
    /// Whether cases that could not run without a client, or without permission, make the answer unknown.
    pub(super) is_blind: bool,
    /// What the server said, if it does not let the client use codes at all.
    pub(super) barred: Option<&'a str>,
}

/// Reads the answers about a client.
pub(super) fn client(
    client: &Client,
    questions: &[&Question],
    results: &[&CaseResult],
) -> ClientAudit {
    let theirs: Vec<_> = results
        .iter()
        .copied()
        .filter(|result| result.plan.client() == Some(client.name.as_str()))
        .collect();
    let barred = barred(&theirs);
    let about = AskedOf { is_known: knows(&theirs), is_blind: false, barred: barred.as_deref() };
    let answers = questions.iter().map(|question| {
        if !question.is_for(client) {
            return Given {
                question: question.id().to_owned(),
                answer: Answer::NotApplicable,
                evidence: Vec::new(),
            };
        }
        let mut given = given(question, &theirs, about);
        if question.0.refused == Refused::No && !client.visits() {
            given.answer = Answer::No;
            given.evidence =
                vec![Basis::of_no_case("the target file names no redirect URI for it")];
        }
        given
    });
    let mut answers: Vec<_> = answers.collect();
    if works(questions, &answers).is_some_and(|answer| answer != Answer::Yes) {
        answers.iter_mut().for_each(|given| doubt(questions, given));
    }
    let client_type = match (client.is_public(), client.native) {
        (false, _) => ClientType::Confidential,
        (true, true) => ClientType::Native,
        (true, false) => ClientType::Public,
    };
    let implicit = client.may(IMPLICIT);
    let (progress, why, alive) = progress(&answers, implicit, questions);
    ClientAudit { name: client.name.clone(), client_type, implicit, progress, why, alive, answers }
}

/// Whether codes work for the client, according to the question about that.
fn works(questions: &[&Question], answers: &[Given]) -> Option<Answer> {
    let asked = questions.iter().position(|question| question.0.refused == Refused::No)?;
    answers.get(asked).map(|given| given.answer)
}

/// Withdraws refusals in flows that do not work at all.
fn doubt(questions: &[&Question], given: &mut Given) {
    let question = questions.iter().find(|question| question.id() == given.question);
    let by_code = |it: &&&Question| !it.0.brings.is_empty() && it.0.refused == Refused::Fine;
    if given.answer == Answer::Yes && question.filter(by_code).is_some() {
        given.answer = Answer::Unknown;
        for ground in &mut given.evidence {
            ground.seen = format!("codes do not work for this client: {}", ground.seen).into();
        }
    }
}

/// The answer to a question, from the results about its subject.
pub(super) fn given(question: &Question, results: &[&CaseResult], about: AskedOf<'_>) -> Given {
    let reading = Reading {
        brings: &question.0.brings,
        refused: question.0.refused,
        is_known: about.is_known,
        is_blind: about.is_blind,
        barred: about.barred,
    };
    let asked = results.iter().filter(|result| question.rests_on(result.plan.case()));
    let signs: Vec<_> = asked.map(|result| reading.sign(result)).collect();
    let (answer, evidence) = decided(signs, question.0.absent.into());
    Given { question: question.id().to_owned(), answer, evidence }
}

/// Combines the answers of cases, which must all be yes, and keeps the deciding ones.
pub(super) fn decided(signs: Vec<CaseAnswer>, absent: Answer) -> (Answer, Vec<Basis>) {
    let answer = Answer::all(signs.iter().map(|sign| sign.answer));
    let decides = signs.into_iter().filter(|sign| sign.answer == answer);
    let evidence: Vec<_> = decides.map(|sign| sign.ground).collect();
    // Without any applicable case, the question does not arise.
    let is_absent = answer == Answer::NotApplicable && !evidence.is_empty();
    (if is_absent { absent } else { answer }, evidence)
}
