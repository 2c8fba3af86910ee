//! The parts of the headline, and where behaviour, metadata and registration disagree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Given};
use super::catalogue::Catalogue;
use super::client::ClientAudit;
use super::file::{Grant, Topic};

/// What is to be said of a part of the headline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopicAudit {
    /// What it is about.
    pub topic: Topic,
    /// It in one sentence.
    pub sentence: String,
    /// The answer by behaviour, of all clients together; yes is good.
    pub behaviour: Answer,
    /// The answer by metadata.
    pub metadata: Answer,
    /// The answer by registration.
    pub registration: Answer,
    /// Where these disagree, in a sentence each.
    pub disagreements: Vec<String>,
    /// The clients of which it is true.
    pub yes: Vec<String>,
    /// The clients of which it is not.
    pub no: Vec<String>,
    /// The clients of which nobody knows, and why.
    pub unknown: Vec<Unsettled>,
}

/// A client, and why nothing can be said of it, or what stands in its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unsettled {
    /// The client, by its name in the target file.
    pub client: String,
    /// Why.
    pub why: String,
}

/// The parts of the headline, in its order.
pub(super) const TOPICS: [Topic; 3] = [Topic::Implicit, Topic::Password, Topic::Moving];

/// What the answers about clients and server come to.
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
        let why = given.iter().find(|given| given.answer == answer).map(|given| given.why());
        let doubt =
            || Unsettled { client: client.name.clone(), why: why.unwrap_or_default().to_owned() };
        match answer {
            Answer::Yes => yes.push(client.name.clone()),
            Answer::No => no.push(doubt()),
            Answer::Unknown => unknown.push(doubt()),
            Answer::NotApplicable => {}
        }
    }
    let told = |of: fn(&super::file::QuestionFile) -> Option<Grant>| {
        let question =
            catalogue.questions.iter().find(|it| of(&it.0) == grant(topic) && of(&it.0).is_some());
        let given = question.and_then(|it| server.iter().find(|given| given.question == it.id()));
        given.map_or(Answer::NotApplicable, |given| given.answer)
    };
    let (metadata, registration) = (told(|it| it.metadata), told(|it| it.registration));
    let asked = yes.len() + no.len() + unknown.len();
    // Where nobody could be asked, nobody knows.
    let behaviour = if asked == 0 { Answer::Unknown } else { Answer::all(all) };
    let mut found = TopicAudit {
        topic,
        sentence: String::new(),
        behaviour,
        metadata,
        registration,
        disagreements: disagreements(topic, behaviour, metadata, registration),
        yes,
        no: no.iter().map(|doubt| doubt.client.clone()).collect(),
        unknown,
    };
    found.sentence = super::headline::sentence(&found, &no);
    found
}

/// The grant that a part of the headline is about.
fn grant(topic: Topic) -> Option<Grant> {
    match topic {
        Topic::Implicit => Some(Grant::Implicit),
        Topic::Password => Some(Grant::Password),
        Topic::Moving => None,
    }
}

fn disagreements(
    topic: Topic,
    behaviour: Answer,
    metadata: Answer,
    registration: Answer,
) -> Vec<String> {
    let name = match topic {
        Topic::Implicit => "the implicit grant",
        Topic::Password => "the password grant",
        Topic::Moving => return Vec::new(),
    };
    let mut found = Vec::new();
    match (behaviour, metadata) {
        (Answer::No, Answer::Yes) => {
            found.push(format!("The metadata does not list {name}, and it is there."));
        }
        (Answer::Yes, Answer::No) => {
            found.push(format!("The metadata lists {name}, and no client gets a token by it."));
        }
        _ => {}
    }
    match (behaviour, registration) {
        (Answer::Yes, Answer::No) => {
            found.push(format!(
                "No client gets a token by {name}, and a new one may register for it."
            ));
        }
        (Answer::No, Answer::Yes) => {
            found.push(format!(
                "Nobody can register for {name} any more, and those who have it keep it."
            ));
        }
        _ => {}
    }
    found
}

impl TopicAudit {
    /// Whether it is as it should be: by behaviour, and at registration too.
    pub fn answer(&self) -> Answer {
        match self.registration {
            Answer::No => Answer::No,
            _ => self.behaviour,
        }
    }
}
