//! Checks the endpoints that no client's valid flow uses, for setting up a target.

use super::engine::Run;
use super::step;
use crate::oauth::names::{JWKS_URI, PUSHED_AUTHORIZATION_REQUEST_ENDPOINT, REGISTRATION_ENDPOINT};
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
            let name = REGISTRATION_ENDPOINT;
            let sent = Sent::post_json(url, NOBODY.to_owned());
            checked.push(self.refusing(name, sent).await);
        }
        if let Some(url) = &endpoints.push {
            let sent = Sent::post_form(url, String::new());
            checked.push(self.refusing(PUSHED_AUTHORIZATION_REQUEST_ENDPOINT, sent).await);
        }
        checked
    }

    async fn key_set(&self, url: &str) -> CheckedEndpoint {
        let answer = self.ask(Sent::get(url)).await;
        let is_key_set =
            |answer: &Answer| answer.status == 200 && step::answers(StepKind::Jwks, answer);
        let works = answer.as_ref().is_ok_and(is_key_set);
        let advice = (!works).then_some(
            "check why the server does not serve its keys there, or correct `jwks_uri` in its \
             metadata",
        );
        CheckedEndpoint { name: JWKS_URI, seen: seen(&answer), advice }
    }

    /// Checks that an endpoint refuses an invalid request, which shows that it exists.
    async fn refusing(&self, name: &'static str, sent: Sent) -> CheckedEndpoint {
        let answer = self.ask(sent).await;
        let is_there = |answer: &Answer| {
            (400..500).contains(&answer.status) && !matches!(answer.status, 404 | 405 | 410)
        };
        let advice = match &answer {
            Ok(answer) if is_there(answer) => None,
            Ok(answer) if answer.status < 300 => {
                Some("it accepted an empty request; check the server's own log")
            }
            _ => Some("check why the server does not serve it, or remove it from its metadata"),
        };
        let seen = match advice {
            None => format!("{}, as required for an empty request", seen(&answer)),
            Some(_) => seen(&answer),
        };
        CheckedEndpoint { name, seen, advice }
    }

    async fn ask(&self, sent: Sent) -> Result<Answer, Blocked> {
        let (exchange, blocked) = self.http.send(sent).await;
        let silent = || Blocked::Unreachable("no answer".to_owned());
        exchange.answer.ok_or_else(|| blocked.unwrap_or_else(silent))
    }
}

fn seen(answer: &Result<Answer, Blocked>) -> String {
    match answer {
        Ok(answer) => answer.status.to_string(),
        Err(why) => why.to_string(),
    }
}
