//! What the server tells clients during a case: directly, by logout tokens (OpenID.BackChannel §2.5), and by
//! frames in the user agent (OpenID.FrontChannel §2).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::known_sessions::KnownSessions;
use super::listeners::Listeners;
use super::told;
use super::transcript::{Outcome, Performed, told_in};
use crate::oauth::names::{LOGOUT_TOKEN, SID};
use crate::oauth::request::Method;
use crate::oauth::{Params, Request};
use crate::suite::{AnyOf, Case, Expect, Step, StepKind};
use crate::target::Client;
use crate::wire::{Blocked, Document, Exchange, Listener, Sent};

/// How long a logout token is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long where none must arrive.
const DOUBT: Duration = Duration::from_millis(500);

/// The clients that are told something in one attempt of a case.
pub(super) struct Deliveries<'a> {
    sessions: &'a KnownSessions,
    attempt: u64,
    places: BTreeMap<(StepKind, String), Place>,
}

/// Where a client is told.
struct Place {
    listener: Arc<Listener>,
    path: String,
    uri: String,
    /// How many requests were looked at.
    seen: usize,
}

impl<'a> Deliveries<'a> {
    /// Listens for the clients of these steps, from now on.
    ///
    /// # Errors
    /// If a client has no URI for that, or it cannot be listened on.
    pub(super) async fn of(
        case: &Case,
        client_of: impl Fn(&Step) -> Client,
        listeners: &'a Listeners,
    ) -> Result<Self, Blocked> {
        let sessions = listeners.sessions();
        let attempt = sessions.begin();
        let mut places = BTreeMap::new();
        for step in case.steps.iter().filter(|step| step.kind.is_told()) {
            let client = client_of(step);
            let missing = || {
                let word = told::key(step.kind);
                format!("the target file has no `{word}` for the client {}", client.name)
            };
            let uri = told::uri(step.kind, &client).cloned();
            let uri = uri.ok_or_else(|| Blocked::DoesNotApply(missing()))?;
            let listener = listeners.at(&uri).await?;
            let path = Url::parse(&uri).map(|url| url.path().to_owned()).unwrap_or_default();
            let answers = step.change.as_ref().and_then(|change| change.answers);
            let key = (step.kind, client.name);
            if !places.contains_key(&key) || answers.is_some() {
                let status = answers.map_or(200, |status| status.0);
                listener.serve(&path, Document::empty(status));
            }
            let seen = listener.count();
            places.entry(key).or_insert(Place { listener, path, uri, seen });
        }
        Ok(Self { sessions, attempt, places })
    }

    /// Remembers that a session belongs to this attempt.
    pub(super) fn note(&self, id_token: Option<&str>) {
        if let Some(id_token) = id_token {
            self.sessions.note(id_token, self.attempt);
        }
    }

    /// Waits until the client is told, if it is.
    pub(super) async fn wait(&mut self, step: &Step, client: &Client, performed: &mut Performed) {
        let key = (step.kind, client.name.clone());
        let Some(place) = self.places.get_mut(&key) else { return };
        let is_frame = step.kind == StepKind::Frontchannel;
        let is_ours = |exchange: &Exchange| {
            let is_theirs = if is_frame {
                let told = told_in(&exchange.sent).unwrap_or_default();
                told.get(SID).is_some_and(|sid| self.sessions.is_another(sid, self.attempt))
            } else {
                let told = Params::parse(&exchange.sent.body);
                let token = told.get(LOGOUT_TOKEN);
                token.is_some_and(|token| self.sessions.is_of_another(token, self.attempt))
            };
            is_at(&exchange.sent, &place.path) && !is_theirs
        };
        let unwanted = |expect: &Expect| expect.lacks.iter().any(|it| it.name == LOGOUT_TOKEN);
        let is_doubt =
            !is_frame && step.expect.as_ref().is_some_and(|it: &AnyOf<_>| it.iter().all(unwanted));
        let is_short = is_doubt || self.sessions.is_untold(&place.uri);
        let patience = if is_short { DOUBT } else { PATIENCE };
        let found = place.listener.wait(place.seen, patience, is_ours).await;
        if !is_doubt || found.is_some() {
            self.sessions.note_told(&place.uri, found.is_some());
        }
        let method = if is_frame { Method::Get } else { Method::Post };
        performed.request = Some(Request::new(method, &place.uri));
        performed.outcome = Outcome::Delivered(found.map(|(number, exchange)| {
            place.seen = number + 1;
            let sent = exchange.sent.clone();
            performed.request = Some(as_request(&sent));
            performed.received.push(exchange);
            sent
        }));
    }
}

fn is_at(sent: &Sent, path: &str) -> bool {
    Url::parse(&sent.url).is_ok_and(|url| url.path() == path)
}

/// What was sent, as the request of the step.
fn as_request(sent: &Sent) -> Request {
    let method = if sent.method == "POST" { Method::Post } else { Method::Get };
    let (endpoint, query) = sent.url.split_once('?').unwrap_or((&sent.url, ""));
    let mut request = Request::new(method, endpoint);
    request.query = Params::parse(query);
    request.body = sent.form_text().map(Params::parse).unwrap_or_default();
    request
}
