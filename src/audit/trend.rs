//! The trend: an audit compared with an earlier one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::server::ServerAudit;
use super::threat::ThreatStatus;

/// What has changed since an earlier audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trend {
    /// The time of the earlier audit (RFC3339).
    pub since: String,
    /// Improvements.
    pub better: Vec<Change>,
    /// Regressions.
    pub worse: Vec<Change>,
    /// Changes that are neither, as one side was not tested.
    pub other: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The server.
    pub server: String,
    /// The client, if the change is about one.
    pub client: Option<String>,
    /// The id of the question or threat.
    pub about: String,
    /// The earlier answer; none if it was not asked.
    pub before: Option<String>,
    /// The current answer; none if it is no longer asked.
    pub now: Option<String>,
}

/// One statement: about which server and client, on which question, and how good it is.
struct Said {
    server: String,
    client: Option<String>,
    about: String,
    word: &'static str,
    /// How good it is; none if it is unknown or does not apply.
    good: Option<bool>,
}

/// Compares an audit with an earlier one.
pub fn compare(since: &str, before: &[ServerAudit], now: &[ServerAudit]) -> Trend {
    let (before, now) = (said(before), said(now));
    let mut trend =
        Trend { since: since.to_owned(), better: Vec::new(), worse: Vec::new(), other: Vec::new() };
    let is_same =
        |a: &Said, b: &Said| (&a.server, &a.client, &a.about) == (&b.server, &b.client, &b.about);
    for said in &now {
        let was = before.iter().find(|was| is_same(was, said));
        if was.is_some_and(|was| was.word == said.word) {
            continue;
        }
        let change = change(said, was.map(|was| was.word), Some(said.word));
        match (was.and_then(|was| was.good), said.good) {
            (Some(false), Some(true)) => trend.better.push(change),
            (Some(true), Some(false)) => trend.worse.push(change),
            _ => trend.other.push(change),
        }
    }
    let gone = before.iter().filter(|was| !now.iter().any(|said| is_same(was, said)));
    trend.other.extend(gone.map(|was| change(was, Some(was.word), None)));
    trend
}

fn change(said: &Said, was: Option<&str>, is: Option<&str>) -> Change {
    Change {
        server: said.server.clone(),
        client: said.client.clone(),
        about: said.about.clone(),
        before: was.map(str::to_owned),
        now: is.map(str::to_owned),
    }
}

fn said(servers: &[ServerAudit]) -> Vec<Said> {
    let mut all = Vec::new();
    for server in servers {
        let mut add = |client: Option<&str>, about: &str, word, good| {
            all.push(Said {
                server: server.name.clone(),
                client: client.map(str::to_owned),
                about: about.to_owned(),
                word,
                good,
            });
        };
        for client in &server.clients {
            for given in &client.answers {
                let answer = given.answer;
                add(Some(&client.name), &given.question, answer.name(), is_good(answer));
            }
        }
        for given in &server.server {
            add(None, &given.question, given.answer.name(), is_good(given.answer));
        }
        for threat in &server.threats {
            let good = match threat.status {
                ThreatStatus::Open => Some(false),
                ThreatStatus::Closed => Some(true),
                ThreatStatus::Unknown | ThreatStatus::NotApplicable => None,
            };
            add(None, &threat.id, threat.status.name(), good);
        }
    }
    all
}

fn is_good(answer: Answer) -> Option<bool> {
    match answer {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::Unknown | Answer::NotApplicable => None,
    }
}
