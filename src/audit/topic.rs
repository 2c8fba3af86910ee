//! What behavior, metadata and registration show about each topic, and where they disagree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Given};
use super::catalogue::Catalogue;
use super::client::ClientAudit;
use super::file::{Grant, QuestionFile, Topic};

/// The findings about one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopicAudit {
    /// The topic.
    pub topic: Topic,
    /// The answer by behavior, for all clients together; yes is good.
    pub behavior: Answer,
    /// The answer by metadata.
    pub metadata: Answer,
    /// The answer by registration.
    pub registration: Answer,
    /// The disagreements between these, one sentence each.
    pub disagreements: Vec<String>,
    /// The clients for which the answer is yes.
    pub yes: Vec<String>,
    /// The clients for which the answer is no.
    pub no: Vec<String>,
    /// The clients for which it could not be tested, and why.
    pub unknown: Vec<Unsettled>,
}

/// A client that could not be tested, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unsettled {
    /// The client's name in the target file.
    pub client: String,
    /// The reason.
    pub why: String,
}

/// The topics, in order.
pub(super) const TOPICS: [Topic; 3] = [Topic::Implicit, Topic::Password, Topic::Moving];

/// Combines the answers about clients and server.
pub(super) fn topic(
    topic: Topic,
    catalogue: &Catalogue,
    clients: &[ClientAudit],
    server: &[Given],
) -> TopicAudit {
    let deciding = catalogue.questions.iter().filter(|it| it.0.decides == Some(topic));
    let (mut yes, mut no, mut unknown, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for client in clients {
        let of_them = deciding.clone().filter(|it| client.implicit || !it.0.only_leaving);
        let given: Vec<_> = of_them.filter_map(|it| client.answer(it.id())).collect();
        let answer = Answer::all(given.iter().map(|given| given.answer));
        all.push(answer);
        let name = client.name.clone();
        match answer {
            Answer::Yes => yes.push(name),
            Answer::No => no.push(name),
            Answer::Unknown => {
                let why = given.iter().find(|given| given.answer == answer);
                let why = why.map_or("", |given| given.why()).to_owned();
                unknown.push(Unsettled { client: name, why });
            }
            Answer::NotApplicable => {}
        }
    }
    let told = |of: fn(&QuestionFile) -> Option<Grant>| {
        let question =
            catalogue.questions.iter().find(|it| of(&it.0) == grant(topic) && of(&it.0).is_some());
        let given = question.and_then(|it| server.iter().find(|given| given.question == it.id()));
        given.map_or(Answer::NotApplicable, |given| given.answer)
    };
    let (metadata, registration) = (told(|it| it.metadata), told(|it| it.registration));
    let asked = yes.len() + no.len() + unknown.len();
    // Without any tested client, the answer is unknown.
    let behavior = if asked == 0 { Answer::Unknown } else { Answer::all(all) };
    let disagreements = disagreements(topic, behavior, metadata, registration);
    TopicAudit { topic, behavior, metadata, registration, disagreements, yes, no, unknown }
}

/// The grant that a topic is about.
fn grant(topic: Topic) -> Option<Grant> {
    match topic {
        Topic::Implicit => Some(Grant::Implicit),
        Topic::Password => Some(Grant::Password),
        Topic::Moving => None,
    }
}

fn disagreements(
    topic: Topic,
    behavior: Answer,
    metadata: Answer,
    registration: Answer,
) -> Vec<String> {
    let Some(name) = grant(topic).map(Grant::name) else { return Vec::new() };
    let mut found = Vec::new();
    match (behavior, metadata) {
        (Answer::No, Answer::Yes) => {
            found.push(format!("The metadata does not list {name}, but the server grants it."));
        }
        (Answer::Yes, Answer::No) => {
            found.push(format!("The metadata lists {name}, but no client gets a token by it."));
        }
        _ => {}
    }
    if (behavior, registration) == (Answer::No, Answer::Yes) {
        found.push(format!(
            "New clients cannot register for {name}, but those that already use it keep it."
        ));
    }
    found
}

impl TopicAudit {
    /// Whether the answer is yes by behavior and not no at registration.
    pub fn answer(&self) -> Answer {
        match self.registration {
            Answer::No => Answer::No,
            _ => self.behavior,
        }
    }
}
