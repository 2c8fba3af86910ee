//! Checks the endpoints that no client's valid flow uses, for setting up a target.

use super::engine::Run;
use super::step;
use super::transcript::Outcome;
use crate::suite::StepKind;
use crate::wire::{Answer, Blocked, Sent};

/// Whether one endpoint answers.
#[derive(Clone, Debug)]
pub struct CheckedEndpoint {
    /// Its name in the metadata.
    pub name: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do about it, or `None` if it works.
    pub advice: Option<&'static str>,
}

/// A body that registers no client, as it is not client metadata (RFC7591 §3.2.2).
const NOBODY: &str = "no client metadata";

impl Run {
    /// Checks the endpoints that are not part of a client's valid flow, without leaving anything
    /// behind.
    pub async fn check_endpoints(&self) -> Vec<CheckedEndpoint> {
        let Ok(endpoints) = &self.endpoints else { return Vec::new() };
        let mut checked = Vec::new();
        if let Some(url) = &endpoints.jwks {
            checked.push(self.key_set(url).await);
        }
        if let Some(url) = &endpoints.registration {
            let name = "registration_endpoint";
            let sent = post(url, "application/json", NOBODY);
            checked.push(self.refusing(name, sent).await);
        }
        // No case uses it yet, but it helps to check it during setup.
        let pushed = "pushed_authorization_request_endpoint";
        if let Some(url) = endpoints.metadata.text(pushed) {
            let sent = post(url, "application/x-www-form-urlencoded", "");
            checked.push(self.refusing(pushed, sent).await);
        }
        checked
    }

    async fn key_set(&self, url: &str) -> CheckedEndpoint {
        let (exchange, blocked) = self.http.send(Sent::get(url)).await;
        let outcome = match (exchange.answer, blocked) {
            (Some(answer), _) => Outcome::Answered(answer),
            (None, blocked) => Outcome::Blocked(blocked.unwrap_or_else(silent)),
        };
        let works = match &outcome {
            Outcome::Answered(answer) => {
                answer.status == 200 && step::answers(StepKind::Jwks, answer)
            }
            _ => false,
        };
        let advice = (!works).then_some(
            "check why the server does not serve its keys there, or correct `jwks_uri` in its \
             metadata",
        );
        CheckedEndpoint { name: "jwks_uri", seen: seen(&outcome), advice }
    }

    /// Checks that an endpoint refuses an invalid request, which shows that it exists.
    async fn refusing(&self, name: &'static str, sent: Sent) -> CheckedEndpoint {
        let (exchange, blocked) = self.http.send(sent).await;
        let outcome = match (exchange.answer, blocked) {
            (Some(answer), _) => Outcome::Answered(answer),
            (None, blocked) => Outcome::Blocked(blocked.unwrap_or_else(silent)),
        };
        let is_there = |answer: &Answer| {
            (400..500).contains(&answer.status) && !matches!(answer.status, 404 | 405 | 410)
        };
        let advice = match &outcome {
            Outcome::Answered(answer) if is_there(answer) => None,
            Outcome::Answered(answer) if answer.status < 300 => {
                Some("it accepted an empty request; check the server's own log")
            }
            _ => Some("check why the server does not serve it, or remove it from its metadata"),
        };
        let seen = match advice {
            None => format!("{}, as required for an empty request", seen(&outcome)),
            Some(_) => seen(&outcome),
        };
        CheckedEndpoint { name, seen, advice }
    }
}

fn silent() -> Blocked {
    Blocked::Unreachable("no answer".to_owned())
}

fn seen(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered(answer) => answer.status.to_string(),
        Outcome::Blocked(blocked) => blocked.to_string(),
        _ => String::new(),
    }
}

fn post(url: &str, kind: &str, body: &str) -> Sent {
    let headers = vec![("content-type".to_owned(), kind.to_owned())];
    Sent { method: "POST".to_owned(), url: url.to_owned(), headers, body: body.to_owned() }
}
