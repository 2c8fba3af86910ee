//! An exchange on the page: the request and the answer as sent over the wire.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::evidence::{AnswerEntry, ExchangeEntry, RequestEntry};
use super::label;
use super::text::{TEXT_LIMIT, clean};
use crate::source::counted;

/// The maximum number of lines and bytes shown of a request or an answer.
const LINES: usize = 120;
const BYTES: usize = 12_000;

/// A line, and whether it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) is_marked: bool,
}

/// An exchange, line by line.
#[derive(Clone, Debug)]
pub(super) struct ExchangeView {
    /// Its number within the case, from 1.
    pub(super) number: usize,
    /// The request in short.
    pub(super) request_label: String,
    /// The answer in short.
    pub(super) answer_label: String,
    pub(super) is_changed: bool,
    pub(super) is_bad: bool,
    pub(super) duration_ms: u64,
    pub(super) request: Vec<Line>,
    /// None if there was no answer.
    pub(super) answer: Option<Vec<Line>>,
}

impl ExchangeView {
    /// The exchange with this number; lines with these names were changed.
    pub(super) fn new(number: usize, exchange: &ExchangeEntry, marks: &[String]) -> Self {
        Self {
            number,
            request_label: label::request(&exchange.request),
            answer_label: label::answer(exchange),
            is_changed: false,
            is_bad: false,
            duration_ms: exchange.duration_ms,
            request: bounded(request(&exchange.request, marks)),
            answer: exchange.response.as_ref().map(|it| bounded(answer(it))),
        }
    }
}

fn plain(text: &str) -> Line {
    Line { text: clean(text, TEXT_LIMIT), is_marked: false }
}

fn request(request: &RequestEntry, marks: &[String]) -> Vec<Line> {
    let bare = label::bare(&request.url);
    let mut lines = vec![plain(&format!("{} {bare}", request.method))];
    lines.extend(pairs(request.url.get(bare.len()..).unwrap_or_default(), marks));
    lines.extend(headers(&request.headers, marks));
    if !request.body.is_empty() {
        lines.push(plain(""));
        let is_form = request.headers.get("content-type").is_some_and(|it| it.contains("form"));
        match is_form {
            true => lines.extend(pairs(&request.body, marks)),
            false => lines.extend(request.body.lines().map(plain)),
        }
    }
    lines
}

fn answer(answer: &AnswerEntry) -> Vec<Line> {
    let mut lines = vec![plain(&answer.status.to_string())];
    lines.extend(headers(&answer.headers, &[]));
    let body = match &answer.body {
        Value::String(text) => text.clone(),
        json => serde_json::to_string_pretty(json).unwrap_or_default(),
    };
    if !body.is_empty() {
        lines.push(plain(""));
        lines.extend(body.lines().map(plain));
    }
    lines
}

/// The parameters of a query or a form as sent, one per line.
fn pairs(text: &str, marks: &[String]) -> Vec<Line> {
    let pair = |pair: &str| {
        let name = pair.trim_start_matches(['?', '#']).split('=').next().unwrap_or_default();
        let is_marked = marks.iter().any(|mark| mark == name);
        Line { is_marked, ..plain(pair) }
    };
    text.split_inclusive('&').filter(|text| !text.is_empty()).map(pair).collect()
}

fn headers(headers: &BTreeMap<String, String>, marks: &[String]) -> Vec<Line> {
    let line = |(name, value): (&String, &String)| {
        let is_marked = marks.contains(name);
        Line { is_marked, ..plain(&format!("{name}: {value}")) }
    };
    headers.iter().map(line).collect()
}

fn bounded(mut lines: Vec<Line>) -> Vec<Line> {
    let mut bytes = 0;
    let fits = |line: &&Line| {
        bytes += line.text.len();
        bytes <= BYTES
    };
    let kept = lines.iter().take(LINES).take_while(fits).count();
    let left = lines.len() - kept;
    if left > 0 {
        lines.truncate(kept);
        lines.push(plain(&format!("… {} in the evidence file", counted(left, "more line"))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_marked_where_it_stands() {
        let sent = RequestEntry {
            method: "POST".to_owned(),
            url: "http://as.example/token?a=1&b=2".to_owned(),
            headers: [("content-type".to_owned(), "x/form".to_owned())].into(),
            body: "grant_type=x&code=%31".to_owned(),
            certificate: None,
        };
        let lines = request(&sent, &["b".to_owned(), "code".to_owned()]);
        let text: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.is_marked)).collect();
        let expected = [
            ("POST http://as.example/token", false),
            ("?a=1&", false),
            ("b=2", true),
            ("content-type: x/form", false),
            ("", false),
            ("grant_type=x&", false),
            ("code=%31", true),
        ];
        assert_eq!(text, expected);
    }
}
