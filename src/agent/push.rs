//! Pushes an authorization request, so that the user agent carries only a reference to it (RFC9126).

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::oauth::Request;
use crate::oauth::names::{DPOP, ERROR, REQUEST_URI};
use crate::wire::{Answer, Blocked, Exchange, Http, Sent, asks_for_nonce, is_trouble};

/// How a client pushes its request. Every visit needs a push of its own, as a request URI can be
/// used only once (RFC9126 §4).
#[derive(Clone)]
pub struct Push {
    /// What the user agent sends to the authorization endpoint, without the request URI.
    visit: Request,
    /// Makes the request to push, which may contain an assertion that can be used only once.
    make: Arc<dyn Fn() -> Result<Sent, String> + Send + Sync>,
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("visit", &self.visit).finish_non_exhaustive()
    }
}

/// What follows after a push.
pub enum Pushed {
    /// The visit, with this request.
    Visit(Box<Request>),
    /// Nothing, as the server refused the request by this answer.
    Refused(Box<Answer>),
    /// Nothing, as the request could not be pushed.
    Blocked(Blocked),
}

impl Push {
    /// A push of what `make` makes, followed by this request with the request URI.
    pub fn new(
        visit: Request,
        make: impl Fn() -> Result<Sent, String> + Send + Sync + 'static,
    ) -> Self {
        Self { visit, make: Arc::new(make) }
    }

    /// Pushes the request, once more if the server wants a nonce in its proof. Returns what was sent
    /// and received, and what follows.
    pub async fn send(&self, http: &Http) -> (Vec<Exchange>, Pushed) {
        let mut exchanges = Vec::new();
        loop {
            let sent = match (self.make)() {
                Ok(sent) => sent,
                Err(why) => return (exchanges, Pushed::Blocked(Blocked::Unseen(why))),
            };
            let is_proved = sent.headers.iter().any(|(name, _)| name == DPOP);
            let (exchange, blocked) = http.send(sent).await;
            let asks = exchange.answer.as_ref().is_some_and(asks_for_nonce);
            if is_proved && asks && exchanges.is_empty() {
                exchanges.push(exchange);
                continue;
            }
            let next = match (&exchange.answer, blocked) {
                (Some(answer), _) => self.next(answer),
                (None, why) => Pushed::Blocked(
                    why.unwrap_or(Blocked::Unreachable("no answer to the push".to_owned())),
                ),
            };
            exchanges.push(exchange);
            return (exchanges, next);
        }
    }

    fn next(&self, answer: &Answer) -> Pushed {
        if is_trouble(answer.status) {
            return Pushed::Blocked(Blocked::Unavailable(answer.status));
        }
        let json = answer.json().unwrap_or_default();
        let uri = json.get(REQUEST_URI).and_then(Value::as_str).filter(|uri| !uri.is_empty());
        match uri.filter(|_| (200..300).contains(&answer.status)) {
            Some(uri) => {
                let mut visit = self.visit.clone();
                visit.params_mut().set(REQUEST_URI, uri);
                Pushed::Visit(Box::new(visit))
            }
            None if answer.status >= 400 || json.contains_key(ERROR) => {
                Pushed::Refused(Box::new(answer.clone()))
            }
            None if (300..400).contains(&answer.status) => {
                Pushed::Blocked(Blocked::Redirected(answer.status))
            }
            None => Pushed::Blocked(Blocked::Unseen(format!(
                "the push was answered with {} and no request_uri, which neither accepts nor \
                 refuses it",
                answer.status
            ))),
        }
    }
}
