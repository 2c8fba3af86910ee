//! The parts that all formats of an audit share: answers as marks, the legend, and the evidence by question.

use crate::audit::{
    About, Answer, Basis, Catalogue, Given, Phase, PlanStep, Progress, Question, ServerAudit,
    ThreatAudit, ThreatStatus,
};
use crate::wire::shortened;

/// The maximum number of cases shown in full for an answer or a threat.
pub(super) const GROUNDS: usize = 3;

/// The maximum length of what was seen in a case, in characters.
pub(super) const SEEN: usize = 200;

/// How an answer is shown; marks differ without color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The class in HTML.
    pub(super) class: &'static str,
    /// A symbol and a word.
    pub(super) words: &'static str,
}

/// The mark of an answer; no is neutral if the question is optional.
pub(super) fn mark(question: Option<&Question>, answer: Option<Answer>) -> Mark {
    let is_optional = question.is_some_and(|question| question.0.optional);
    let (class, words) = match answer {
        Some(Answer::Yes) => ("pass", "✓ yes"),
        Some(Answer::No) if is_optional => ("neutral", "○ no"),
        Some(Answer::No) => ("fail", "✗ no"),
        Some(Answer::Unknown) => ("inconclusive", "? unknown"),
        Some(Answer::NotApplicable) | None => ("not-applicable", "–"),
    };
    Mark { class, words }
}

/// The class of a client's progress.
pub(super) fn progress_class(progress: Progress) -> &'static str {
    match progress {
        Progress::Done => "pass",
        Progress::CanSwitch => "warn",
        Progress::Blocked => "fail",
        Progress::Unknown => "inconclusive",
        Progress::NotApplicable => "not-applicable",
    }
}

/// The answers to a question that are not yes, grouped over clients.
#[derive(Clone, Debug)]
pub(super) struct Proof<'a> {
    pub(super) question: &'a Question,
    pub(super) answer: Answer,
    /// The clients; none if it is about the server.
    pub(super) clients: Vec<&'a str>,
    pub(super) evidence: Vec<&'a Basis>,
}

/// The questions about clients, or about the server.
pub(super) fn questions(catalogue: &Catalogue, about: About) -> impl Iterator<Item = &Question> {
    catalogue.questions.iter().filter(move |question| question.0.about == about)
}

/// The evidence of every answer that is not yes: faults first, then unknown, then optional.
pub(super) fn proofs<'a>(catalogue: &'a Catalogue, server: &'a ServerAudit) -> Vec<Proof<'a>> {
    let mut found = Vec::new();
    for question in &catalogue.questions {
        for answer in [Answer::No, Answer::Unknown] {
            let mut proof = Proof { question, answer, clients: Vec::new(), evidence: Vec::new() };
            let is = |given: &&Given| given.question == question.id() && given.answer == answer;
            for client in &server.clients {
                if let Some(given) = client.answers.iter().find(is) {
                    proof.clients.push(&client.name);
                    proof.evidence.extend(&given.evidence);
                }
            }
            let of_server: Vec<_> = server.server.iter().filter(is).collect();
            proof.evidence.extend(of_server.iter().flat_map(|given| &given.evidence));
            if !proof.clients.is_empty() || !of_server.is_empty() {
                proof.evidence.dedup_by(|one, other| one.case.is_empty() && one == other);
                found.push(proof);
            }
        }
    }
    found.sort_by_key(|proof| match (proof.answer, proof.question.0.optional) {
        (Answer::No, false) => 0,
        (Answer::No, true) => 2,
        _ => 1,
    });
    found
}

/// The legend of the marks in this server's tables.
pub(super) fn legend(catalogue: &Catalogue, server: &ServerAudit) -> Vec<(Mark, String)> {
    let mut lines = Vec::new();
    let given = || {
        let of_clients = server.clients.iter().flat_map(|client| &client.answers);
        of_clients.chain(&server.server).map(|it| (catalogue.question(&it.question), it.answer))
    };
    let has =
        |words: &str| given().any(|(question, answer)| mark(question, Some(answer)).words == words);
    let optional = Mark { class: "neutral", words: "○ no" };
    if has(optional.words) {
        lines.push((optional, "optional in OAuth 2.0, so not a fault".to_owned()));
    }
    let unknown = mark(None, Some(Answer::Unknown));
    if has(unknown.words) {
        lines.push((unknown, "could not be tested; never counts as yes".to_owned()));
    }
    let none = mark(None, None);
    if has(none.words) {
        let idle = server.clients.iter().filter(|it| it.progress == Progress::NotApplicable);
        let names: Vec<_> = idle.map(|client| client.name.as_str()).collect();
        let signs = if names.len() == 1 { "signs" } else { "sign" };
        let why = match names.is_empty() {
            true => String::new(),
            false => format!("; {} {signs} in no users", names.join(", ")),
        };
        let what = "does not apply to this kind of client or to what the server supports";
        lines.push((none, format!("{what}{why}")));
    }
    lines
}

/// The plan by phase, with the number of each phase's first step.
pub(super) fn phases(server: &ServerAudit) -> Vec<(Phase, usize, Vec<&PlanStep>)> {
    let mut found = Vec::new();
    let mut next = 1;
    for phase in Phase::ALL {
        let steps: Vec<_> = server.plan.iter().filter(|step| step.phase == *phase).collect();
        let count = steps.len();
        if count > 0 {
            found.push((*phase, next, steps));
            next += count;
        }
    }
    found
}

/// The titles of the threats that the step closes.
pub(super) fn closes(server: &ServerAudit, step: &PlanStep) -> Vec<String> {
    let threats = server.threats.iter().filter(|threat| step.threats.contains(&threat.id));
    threats.map(|threat| threat.title.clone()).collect()
}

/// The threats, open ones first.
pub(super) fn threats(server: &ServerAudit) -> Vec<&ThreatAudit> {
    let mut threats: Vec<_> = server.threats.iter().collect();
    threats.sort_by_key(|threat| threat.status);
    threats
}

/// The number of threats by status, such as `2 open, 33 closed`.
pub(super) fn counts(server: &ServerAudit) -> String {
    let count = |status| server.threats.iter().filter(|it| it.status == status).count();
    let counts = ThreatStatus::ALL.iter().map(|status| (count(*status), status));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, status)| format!("{count} {status}")).collect();
    counts.join(", ")
}

/// Where behavior, metadata and registration disagree.
pub(super) fn notes(server: &ServerAudit) -> impl Iterator<Item = &str> {
    server.topics.iter().flat_map(|topic| &topic.disagreements).map(String::as_str)
}

/// The text shown instead of an empty plan.
pub(super) fn nothing_to_do(server: &ServerAudit) -> Option<&'static str> {
    if !server.plan.is_empty() {
        return None;
    }
    let is_unknown = server.clients.is_empty()
        || server.clients.iter().any(|client| client.progress == Progress::Unknown);
    Some(match is_unknown {
        true => "Nothing can be planned until the unknown answers have been tested.",
        false => "Nothing: no question and no threat calls for a change.",
    })
}

/// The beginning of what was seen, cut at a space if possible. It is already redacted, so any cut is
/// safe.
pub(super) fn brief(text: &str, limit: usize) -> String {
    let short = shortened(text, limit);
    match short.len() < limit / 2 && text.chars().count() > limit {
        true => text.chars().take(limit).chain(['…']).collect(),
        false => short,
    }
}
