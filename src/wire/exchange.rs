//! Exchanges: one request and its answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::body::Body;
use super::members::{Node, Unread};
use crate::oauth::Certificate;

/// In place of a method, for what pages post to each other.
const MESSAGE: &str = "postMessage";

/// What browsers accept in answer to a navigation.
const PAGES: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A request as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty if there is none.
    pub body: String,
    /// The certificate that is presented.
    pub certificate: Option<Certificate>,
}

impl Sent {
    /// A GET without header fields or body.
    pub fn get(url: impl Into<String>) -> Self {
        let (headers, body) = (Vec::new(), String::new());
        Self { method: "GET".to_owned(), url: url.into(), headers, body, certificate: None }
    }

    /// A POST of form-encoded text.
    pub fn post_form(url: impl Into<String>, body: String) -> Self {
        Self::post(url.into(), "application/x-www-form-urlencoded", body)
    }

    /// Makes it a request for a page, with these cookies, as browsers ask for one: a server may answer others with JSON.
    pub fn ask_for_page(&mut self, cookies: Option<String>) {
        self.headers.retain(|(name, _)| !["accept", "cookie"].contains(&name.as_str()));
        self.headers.push(("accept".to_owned(), PAGES.to_owned()));
        self.headers.extend(cookies.map(|cookies| ("cookie".to_owned(), cookies)));
    }

    /// A message that one page posts to another.
    pub fn message(url: impl Into<String>, text: String) -> Self {
        let method = MESSAGE.to_owned();
        Self { method, url: url.into(), headers: Vec::new(), body: text, certificate: None }
    }

    /// Whether it is such a message.
    pub fn is_message(&self) -> bool {
        self.method == MESSAGE
    }

    /// The parameters of a form that was posted as one; `None` if it is none.
    pub fn form_text(&self) -> Option<&str> {
        let kind = self.headers.iter().find(|(name, _)| name == "content-type");
        let kind = kind.map(|(_, kind)| kind.split(';').next().unwrap_or_default().trim());
        let is_form =
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        (self.method == "POST" && is_form).then_some(self.body.as_str())
    }

    /// A POST of JSON.
    pub fn post_json(url: impl Into<String>, body: String) -> Self {
        Self::post(url.into(), "application/json", body)
    }

    fn post(url: String, kind: &str, body: String) -> Self {
        let kind = ("content-type".to_owned(), kind.to_owned());
        let method = "POST".to_owned();
        Self { method, url, headers: vec![kind], body, certificate: None }
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes of it.
    pub body: Body,
    /// Whether the body is longer than what was read.
    pub cut: bool,
}

impl Answer {
    /// The first field with this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every field with this name, which must be in lower case.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object, whatever the content type says.
    pub fn json(&self) -> Option<Map<String, Value>> {
        match self.json_value()? {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// The body as JSON of any kind, whatever the content type says.
    pub fn json_value(&self) -> Option<Value> {
        self.body.json().ok().map(Node::value)
    }

    /// The body as a JSON object with all duplicate members, or `None` if it is not an object.
    pub fn members(&self) -> Option<&Node> {
        self.body.json().ok().filter(|node| matches!(node, Node::Object(_)))
    }

    /// When the server sent it, by its clock, in seconds since 1970, if it says so (RFC9110
    /// §6.6.1).
    pub fn date(&self) -> Option<u64> {
        let date = httpdate::parse_http_date(self.header("date")?).ok()?;
        date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
    }

    /// Why the body was not read to its end, if so.
    pub fn unread(&self) -> Option<&'static str> {
        let is_endless = self.body.json() == Err(Unread::TooMuch);
        match self.cut {
            true => Some("the answer is longer than 1 MiB, and was cut"),
            false => {
                is_endless.then_some("the JSON of the answer has too many values, and was not read")
            }
        }
    }

    /// Whether the body is longer than what was read of it.
    pub fn is_cut(&self) -> bool {
        self.unread().is_some()
    }

    /// Whether the body is an HTML page.
    pub fn is_html(&self) -> bool {
        self.header("content-type").is_some_and(|kind| {
            let kind = kind.to_ascii_lowercase();
            kind.starts_with("text/html") || kind.starts_with("application/xhtml")
        })
    }
}

/// A request and its answer, if there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What was sent.
    pub sent: Sent,
    /// The answer.
    pub answer: Option<Answer>,
    /// When it was sent, in milliseconds since 1970.
    pub at_ms: u64,
    /// How long the exchange took, in milliseconds.
    pub duration_ms: u64,
    /// How long it was held back before, by rate limits.
    pub held: Duration,
}

/// The time, in milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
