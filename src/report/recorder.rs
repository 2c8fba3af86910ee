//! Records what a case did as evidence. Everything from the wire is redacted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::evidence::{
    AnswerEntry, ExchangeEntry, JwtEntry, OutcomeEntry, RequestEntry, ResponseEntry, StepEntry,
};
use crate::agent::Landing;
use crate::oauth::names::{CLIENT_ASSERTION, DPOP, REQUEST};
use crate::oauth::{AuthorizationResponse, Request};
use crate::run::{CaseResult, Outcome, Performed, describe, sent};
use crate::suite::{Change, Step};
use crate::wire::{Answer, Exchange, Names, Sent, shown_header, without_credentials};

/// The maximum size of a page, in bytes.
pub(super) const PAGE_LIMIT: usize = 64 << 10;

/// The maximum length of any other text, in characters.
const TEXT_LIMIT: usize = 2000;

/// The maximum size of JSON shown as text if it is not an object, in bytes.
const SMALL: usize = 2000;

/// The maximum number of values in JSON that is shown.
const MOST_MEMBERS: usize = 2000;

/// The maximum number of parameters, or header fields, that are shown.
const MOST: usize = 200;

/// URLs that are not secret: those in the target file and the metadata.
fn known(result: &CaseResult) -> Vec<&str> {
    let requests = result.transcript.steps.iter().filter_map(|step| step.request.as_ref());
    let endpoints = requests.map(|request| request.endpoint.as_str());
    let values = result.values.iter();
    let clients = values.flat_map(|it| std::iter::once(&it.client).chain(it.other.as_ref()));
    let uris = clients.flat_map(|client| {
        client.redirect_uris.iter().chain(&client.post_logout_redirect_uris).map(String::as_str)
    });
    endpoints.chain(uris).map(|url| url.split(['?', '#']).next().unwrap_or_default()).collect()
}

/// One of authspec's own texts with its values redacted, limited to the length for reports.
pub(super) fn redacted_text(names: &Names, text: &str) -> String {
    limited(names.tell(text))
}

/// Redacted text, limited to the length for reports.
fn limited(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_LIMIT) {
        let more = text[end..].chars().count();
        text.truncate(end);
        return format!("{text}… (and {more} characters more)");
    }
    text
}

/// Records requests and answers, and redacts their values.
pub(super) struct Recorder<'a> {
    pub(super) names: &'a Names,
    known: Vec<&'a str>,
}

/// The number of values in an object, at any depth.
fn members(json: &Map<String, Value>) -> usize {
    let inside = |value: &Value| match value {
        Value::Object(map) => members(map),
        Value::Array(values) => values.iter().map(|it| it.as_object().map_or(1, members)).sum(),
        _ => 0,
    };
    json.values().map(|value| 1 + inside(value)).sum()
}

/// The names of the parameters and header fields that a change affects.
fn marks(change: &Change) -> Vec<String> {
    let mut marks: Vec<_> = change.set.keys().chain(change.repeat.keys()).cloned().collect();
    marks.extend(change.omit.iter().chain(&change.query).chain(change.header.keys()).cloned());
    let auth = change.auth.is_some() || change.secret.is_some() || change.token.is_some();
    marks.extend(auth.then(|| "authorization".to_owned()));
    marks.extend(change.assertion.is_some().then(|| CLIENT_ASSERTION.to_owned()));
    marks.extend(change.object.is_some().then(|| REQUEST.to_owned()));
    let beside = change.beside.iter();
    marks.extend(beside.flat_map(|it| it.set.keys().chain(&it.omit)).cloned());
    let proves = change.proof.is_some() || change.proofs.is_some();
    marks.extend(proves.then(|| DPOP.to_owned()));
    marks.extend(change.certificate.map(|_| "certificate".to_owned()));
    marks.sort();
    marks.dedup();
    marks
}

impl<'a> Recorder<'a> {
    pub(super) fn of(result: &'a CaseResult) -> Self {
        Self { names: &result.names, known: known(result) }
    }
}

impl Recorder<'_> {
    pub(super) fn step(&self, done: &Performed, planned: Option<&Step>) -> StepEntry {
        let change = planned.and_then(|step| step.change.as_ref());
        let sent = match (planned, &done.request) {
            (Some(step), request) => sent(request.as_ref(), step),
            (None, Some(request)) => format!("{} {}", request.method.name(), request.endpoint),
            (None, None) => "nothing".to_owned(),
        };
        let own = done.exchanges.iter().map(|exchange| self.exchange(exchange, false));
        let received = done.received.iter().map(|exchange| self.exchange(exchange, true));
        let requests = done.request.iter().chain(&done.packed).chain(&done.push);
        StepEntry {
            step: done.label.clone(),
            visits: done.kind,
            changed: done.changed,
            marks: change.map(marks).unwrap_or_default(),
            sent: redacted_text(self.names, &sent),
            expected: planned
                .and_then(|step| step.expect.as_ref())
                .map(|expect| redacted_text(self.names, &expect.to_string())),
            seen: redacted_text(self.names, &describe(done)),
            agent: done.agent,
            outcome: self.outcome(&done.outcome),
            raced: done.race.map(|race| race.sent),
            push: done.push.as_ref().map(|request| self.url(&request.endpoint)),
            jwts: requests.flat_map(|it| self.jwts(it)).collect(),
            exchanges: own.chain(received).collect(),
        }
    }

    /// The JWTs among the parameters.
    fn jwts(&self, request: &Request) -> BTreeMap<String, JwtEntry> {
        let shown =
            |(header, payload)| JwtEntry { header: self.json(header), payload: self.json(payload) };
        request.jwts().map(|(name, parts)| (name.to_owned(), shown(parts))).collect()
    }

    fn outcome(&self, outcome: &Outcome) -> OutcomeEntry {
        match outcome {
            Outcome::Landed(Landing::Callback(there)) => {
                OutcomeEntry::Callback(self.response(there))
            }
            Outcome::Landed(Landing::Elsewhere(there)) => {
                OutcomeEntry::Elsewhere(self.response(there))
            }
            Outcome::Landed(Landing::ErrorPage { status, error, text }) => {
                let error = error.as_ref().map(|error| self.value(error));
                OutcomeEntry::ErrorPage { status: *status, error, text: self.value(text) }
            }
            Outcome::Landed(Landing::PushRefused(answer)) => {
                OutcomeEntry::PushRefused(answer.status)
            }
            Outcome::Answered(answer) => OutcomeEntry::Status(answer.status),
            Outcome::Framed(framed) => OutcomeEntry::Framed(framed.is_shown),
            Outcome::Operated => OutcomeEntry::Operated,
            Outcome::Delivered(sent) => OutcomeEntry::Delivered(sent.is_some()),
            Outcome::Blocked(why) => {
                OutcomeEntry::Blocked(redacted_text(self.names, &why.to_string()))
            }
            Outcome::NotReached(why) => OutcomeEntry::NotReached(redacted_text(self.names, why)),
        }
    }

    fn response(&self, response: &AuthorizationResponse) -> ResponseEntry {
        let params = response.params.iter().take(MOST);
        let params = params.map(|(name, value)| (self.names.hide_name(name), self.value(value)));
        ResponseEntry {
            uri: self.url(&response.uri),
            mode: response.mode.name().to_owned(),
            params: params.collect(),
        }
    }

    fn exchange(&self, exchange: &Exchange, is_received: bool) -> ExchangeEntry {
        let sent = &exchange.sent;
        ExchangeEntry {
            received: is_received,
            at_ms: exchange.at_ms,
            duration_ms: exchange.duration_ms,
            request: RequestEntry {
                method: sent.method.clone(),
                url: self.url(&sent.url),
                headers: self.headers(&sent.headers),
                body: self.body(sent),
                certificate: sent.certificate.as_ref().map(|it| self.value(it.thumbprint())),
            },
            response: exchange.answer.as_ref().map(|answer| self.answer(answer)),
        }
    }

    pub(super) fn body(&self, sent: &Sent) -> String {
        match serde_json::from_str(&sent.body) {
            Ok(json @ Value::Object(_)) => self.json(json).to_string(),
            _ => limited(self.form(&sent.body)),
        }
    }

    fn answer(&self, answer: &Answer) -> AnswerEntry {
        let (size, is_whole) = (answer.body.size(), answer.body.size() == answer.body.len());
        let body = match answer.json() {
            Some(json) if is_whole && size <= PAGE_LIMIT && members(&json) <= MOST_MEMBERS => {
                self.json(Value::Object(json))
            }
            _ if answer.body.is_json() && (!is_whole || size > SMALL) => {
                format!("[JSON of {size} bytes]").into()
            }
            _ if answer.is_html() => format!("[a page of {size} bytes]").into(),
            _ if is_whole => self.value(&answer.body).into(),
            _ => format!("{}… ({size} bytes)", self.value(&answer.body)).into(),
        };
        AnswerEntry { status: answer.status, headers: self.headers(&answer.headers), body }
    }

    fn headers(&self, headers: &[(String, String)]) -> BTreeMap<String, String> {
        let mut shown: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in headers.iter().take(MOST) {
            let value = self.header(name, value);
            let all = shown.entry(self.names.hide_name(name)).or_default();
            if !all.is_empty() {
                all.push_str(", ");
            }
            all.push_str(&value);
        }
        shown
    }

    /// The value of a header field.
    pub(super) fn header(&self, name: &str, value: &str) -> String {
        match name {
            "location" | "referer" | "origin" | "content-location" => self.url(value),
            // Standard HTTP values.
            "accept" | "allow" | "cache-control" | "connection" | "content-type" | "date"
            | "keep-alive" | "pragma" | "transfer-encoding" | "vary" => {
                redacted_text(self.names, value)
            }
            name => self.value(&shown_header(name, value)),
        }
    }

    /// The value with every text in it redacted.
    fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.value(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.json(value)).collect(),
            Value::Object(map) => Value::Object(
                map.into_iter()
                    .map(|(key, value)| (self.names.hide_name(&key), self.json(value)))
                    .collect(),
            ),
            other => other,
        }
    }

    /// A URL, with redacted parameters, and a redacted base unless the URL is known.
    pub(super) fn url(&self, url: &str) -> String {
        let (base, tail) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let base = if self.known.contains(&base) {
            without_credentials(base)
        } else {
            self.names.hide(&without_credentials(base))
        };
        limited(base + &self.form(tail))
    }

    /// Form-encoded parameters, with redacted values.
    pub(super) fn form(&self, text: &str) -> String {
        let (mut shown, mut count) = (String::new(), 0);
        for pair in text.split_inclusive(['?', '#', '&']) {
            count += 1;
            if count > MOST {
                return shown + "…";
            }
            let (pair, end) = match pair.as_bytes().last() {
                Some(b'?' | b'#' | b'&') => pair.split_at(pair.len() - 1),
                _ => (pair, ""),
            };
            match pair.split_once('=') {
                Some((name, value)) => {
                    shown += &self.names.hide_name(name);
                    shown.push('=');
                    shown += &self.value(value);
                }
                None => shown += &self.value(pair),
            }
            shown += end;
        }
        shown
    }

    /// Text from the wire, redacted and limited to the length for reports.
    fn value(&self, text: &str) -> String {
        if text.len() <= PAGE_LIMIT {
            return limited(self.names.hide(text));
        }
        let begin = &text[..text.floor_char_boundary(PAGE_LIMIT)];
        // Do not cut within a value, which could then not be recognized as secret.
        let begin = &begin[..begin.rfind(char::is_whitespace).unwrap_or_default()];
        format!("{}… ({} bytes)", limited(self.names.hide(begin)), text.len())
    }
}
