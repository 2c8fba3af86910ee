//! Short labels for requests and answers, for the arrows of a diagram.

use serde_json::{Map, Value};
use url::Url;

use super::super::evidence::{AnswerEntry, ExchangeEntry, RequestEntry};
use super::text::clean;
use crate::oauth::names::ERROR;

/// The maximum length of a line of a label, in characters, which must fit on a phone.
pub(super) const WIDTH: usize = 34;

/// The maximum length of a label.
const LENGTH: usize = 2 * WIDTH - 2;

/// The method and the path of a request.
pub(super) fn request(request: &RequestEntry) -> String {
    clean(&format!("{} {}", request.method, path(&request.url)), LENGTH)
}

/// The status of an answer with its main content: the error, or what was granted.
pub(super) fn answer(exchange: &ExchangeEntry) -> String {
    let Some(answer) = &exchange.response else { return "no answer".to_owned() };
    let said = match (&answer.body, answer.headers.get("location")) {
        (_, Some(location)) => redirect(location),
        (Value::Object(body), None) => json(body),
        (_, None) if is_page(answer) => "a page".to_owned(),
        (_, None) => String::new(),
    };
    clean(format!("{} {said}", answer.status).trim_end(), LENGTH)
}

/// The parameters sent to a redirect URI.
pub(super) fn params<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let (mut error, mut granted) = (None, Vec::new());
    for (name, value) in params {
        if name == ERROR {
            error = Some(format!("{ERROR}={value}"));
        } else if is_redacted(value) {
            granted.push(name);
        }
    }
    error.unwrap_or_else(|| granted.join(", "))
}

/// The path of a URL.
pub(super) fn path(url: &str) -> String {
    let parsed = Url::parse(url);
    let path = parsed.as_ref().map_or_else(|_| bare(url), Url::path);
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// The URL without query and fragment.
pub(super) fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Whether it was replaced by a name, as it is a secret of the flow.
fn is_redacted(value: &str) -> bool {
    value.starts_with('[') && value.ends_with(']')
}

fn redirect(location: &str) -> String {
    let tail = location.get(bare(location).len()..).unwrap_or_default();
    let pairs = tail.split(['?', '#', '&']).filter_map(|pair| pair.split_once('='));
    match params(pairs) {
        nothing if nothing.is_empty() => format!("to {}", path(location)),
        said => said,
    }
}

fn json(body: &Map<String, Value>) -> String {
    if let Some(Value::String(error)) = body.get(ERROR) {
        return format!("{ERROR}={error}");
    }
    let is_granted = |value: &Value| value.as_str().is_some_and(is_redacted);
    let granted = body.iter().filter(|(_, value)| is_granted(value));
    let granted: Vec<_> = granted.map(|(name, _)| name.as_str()).collect();
    if granted.is_empty() { "JSON".to_owned() } else { granted.join(", ") }
}

fn is_page(answer: &AnswerEntry) -> bool {
    answer.headers.get("content-type").is_some_and(|kind| kind.contains("html"))
}
