//! Chromium's performance log of the network: where the browser was sent, and the responses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use super::callback::{LANDED, posted};
use super::devtools::Event;
use super::http_visit::refresh_url;
use crate::oauth::AuthorizationResponse;
use crate::wire::{Answer, Exchange, Sent, now_ms};

/// Resources whose arrival does not change what a page asks for, or that never end.
const UNIMPORTANT: &[&str] = &["EventSource", "Font", "Media", "Ping", "Prefetch", "WebSocket"];

/// Resources that do nothing by themselves.
const PASSIVE: &[&str] = &["Font", "Image", "Manifest", "Other", "Prefetch", "Stylesheet"];

/// Resources that may decide what a page does.
const ACTIVE: &[&str] = &["Fetch", "Script", "XHR"];

/// How many of the last requests may be those of a navigation that is reported after them.
const LATEST: usize = 4;

/// How long the browser may take to begin a navigation that a script has asked for.
const ANNOUNCED: Duration = Duration::from_secs(2);

/// After this time, a request of a script is taken to be long polling.
const NEWS: Duration = Duration::from_secs(5);

/// One document that the window was sent to.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    request: String,
    exchange: Exchange,
    /// The address with its fragment.
    url: String,
    started: f64,
    /// Whether the browser reports header fields in another entry.
    has_more: bool,
    /// Whether it has finished loading.
    is_over: bool,
    /// Why there is no document, as the browser reports it.
    error: Option<String>,
}

impl Hop {
    /// The status of the answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        self.exchange.answer.as_ref().map(|answer| answer.status)
    }

    /// The address with its fragment.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether a header field says to go on to another page.
    pub(super) fn leads_on(&self) -> bool {
        let answer = self.exchange.answer.as_ref();
        answer.and_then(|it| it.header("refresh")).is_some_and(|it| refresh_url(it).is_some())
    }

    /// Why there is no document, as the browser reports it.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

/// The log of one visit.
#[derive(Debug, Default)]
pub(super) struct NetworkLog {
    hops: Vec<Hop>,
    /// How many requests there were, including those of the page itself.
    requests: usize,
    /// Whether any of these sent something.
    wrote: bool,
    /// Whether the page itself made requests of yet another kind, such as in a frame.
    has_others: bool,
    /// Requests for scripts, and of scripts, with their answers.
    active: BTreeMap<String, Option<Answer>>,
    /// Addresses that the window was sent to and that have not been judged yet, as responses.
    sent: VecDeque<AuthorizationResponse>,
    /// Addresses that the window was redirected to and that the browser does not request as they are.
    redirected: VecDeque<AuthorizationResponse>,
    /// Addresses that pages loaded and that have not been judged yet, as responses.
    loaded: VecDeque<AuthorizationResponse>,
    /// Requests of the page itself that are in progress.
    open: BTreeSet<String>,
    last_opened: Option<Instant>,
    last_over: Option<Instant>,
    /// When a script asked to go to another page whose request is yet to come.
    announced: Option<Instant>,
    /// Where requests with a referrer went, and the referrer.
    referers: Vec<(String, String)>,
    /// Complete header fields of answers, by request, in order.
    more: BTreeMap<String, VecDeque<Vec<(String, String)>>>,
}

impl NetworkLog {
    /// Reads what has happened.
    pub(super) fn read(&mut self, events: &[Event]) {
        for Event { window, method, params: event } in events {
            let is_main = event["frameId"] == window.as_str();
            match method.as_str() {
                "Network.requestWillBeSent" => self.request(event, is_main),
                "Network.responseReceived" if is_main && event["type"] == "Document" => {
                    self.answer(event, &event["response"], &event["hasExtraInfo"]);
                }
                "Network.responseReceived" => {
                    let request = event["requestId"].as_str().unwrap_or_default();
                    if let Some(known) = self.active.get_mut(request) {
                        *known = answer(&event["response"]);
                    }
                }
                "Network.responseReceivedExtraInfo" => self.extra(event),
                "Network.loadingFinished" | "Network.loadingFailed" => self.over(event),
                "Network.webSocketCreated" => {
                    self.loaded.push_back(AuthorizationResponse::read(&text(&event["url"])));
                }
                "Page.frameRequestedNavigation" if is_main => self.announced(event),
                "Page.navigatedWithinDocument" if is_main => self.announced = None,
                _ => {}
            }
        }
    }

    /// The referrers that other origins received, as URLs.
    pub(super) fn referers(&self) -> Vec<String> {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let others = self.referers.iter().filter(|(to, told)| origin(to) != origin(told));
        others.map(|(_, told)| told.clone()).collect()
    }

    /// The next address that the window was sent to, in order, each once.
    pub(super) fn next_sent(&mut self) -> Option<AuthorizationResponse> {
        self.sent.pop_front()
    }

    /// The next address that the window was redirected to and that the browser does not request as it is, in order, each
    /// once: it does not follow redirects to scripts and data, and drops user names.
    pub(super) fn next_redirected(&mut self) -> Option<AuthorizationResponse> {
        self.redirected.pop_front()
    }

    /// The next address that a page loaded, as an image, in a frame or by a script, each once.
    pub(super) fn next_loaded(&mut self) -> Option<AuthorizationResponse> {
        self.loaded.pop_front()
    }

    /// Whether the browser gave up because redirects lead back to where they came from.
    pub(super) fn goes_in_circles(&self) -> bool {
        let mut times = BTreeMap::<&str, usize>::new();
        self.hops.iter().for_each(|hop| *times.entry(&hop.url).or_default() += 1);
        times.values().any(|times| *times > 2)
            && self.last().is_some_and(|hop| hop.error() == Some("net::ERR_TOO_MANY_REDIRECTS"))
    }

    /// The last address that the window was sent to and that is this one without its fragment.
    pub(super) fn with_fragment(&self, address: &str) -> Option<&str> {
        let is_it = |hop: &&Hop| hop.url.split('#').next() == Some(address);
        self.hops.iter().rev().find(is_it).map(Hop::url)
    }

    /// How many addresses the window was sent to.
    pub(super) fn hops(&self) -> usize {
        self.hops.len()
    }

    /// Whether the window was sent on since it was sent to so many addresses, and still shows the same page: it was only
    /// redirected, and the last answer had nothing to show.
    pub(super) fn stays_since(&self, hops: usize) -> bool {
        let since = self.hops.get(hops..).unwrap_or_default();
        since.last().is_some_and(|last| {
            let is_one = since.iter().all(|hop| hop.request == last.request);
            is_one && last.error() == Some("net::ERR_ABORTED")
        })
    }

    /// Whether the last answer says that its page is to be loaded again, or to lead to another one.
    pub(super) fn refreshes(&self) -> bool {
        let answer = self.last().and_then(|hop| hop.exchange.answer.as_ref());
        answer.is_some_and(|answer| answer.header("refresh").is_some())
    }

    /// The document that the window was sent to last.
    pub(super) fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }

    /// Whether another document is being loaded.
    pub(super) fn is_navigating(&self) -> bool {
        let is_announced = self.announced.is_some_and(|at| at.elapsed() < ANNOUNCED);
        is_announced || self.last().is_some_and(|hop| !hop.is_over)
    }

    /// Whether nothing is being loaded that could change the page.
    pub(super) fn is_idle(&self) -> bool {
        let waits_for_news = self.last_opened.is_none_or(|opened| opened.elapsed() > NEWS);
        !self.is_navigating() && (self.open.is_empty() || waits_for_news)
    }

    /// Whether nothing was received for this time.
    pub(super) fn is_quiet(&self, time: Duration) -> bool {
        self.last_over.is_none_or(|over| over.elapsed() >= time)
    }

    /// How many requests there were, including those of the page itself.
    pub(super) fn requests(&self) -> usize {
        self.requests
    }

    /// All documents with their answers. The bodies of answers are not known.
    pub(super) fn exchanges(mut self) -> Vec<Exchange> {
        let more = &mut self.more;
        let hops = self.hops.into_iter().map(|mut hop| {
            let whole = if hop.has_more { more.get_mut(&hop.request) } else { None };
            let whole = whole.and_then(VecDeque::pop_front);
            if let (Some(answer), Some(headers)) = (&mut hop.exchange.answer, whole) {
                answer.headers = headers;
            }
            hop.exchange
        });
        hops.collect()
    }

    /// Whether the page itself sent anything to a server.
    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    /// Whether the page itself loaded nothing but files, which are the same for everyone.
    pub(super) fn loads_only_files(&self) -> bool {
        let sets_cookie = |request| {
            let mut fields = self.more.get(request).into_iter().flatten().flatten();
            fields.any(|(name, _)| name == "set-cookie")
        };
        let is_file = |(request, answer): (_, &Option<Answer>)| {
            answer.as_ref().is_some_and(is_for_everyone) && !sets_cookie(request)
        };
        !self.wrote && !self.has_others && self.active.iter().all(is_file)
    }

    fn request(&mut self, event: &Value, is_main: bool) {
        self.requests += 1;
        let to = text(&event["request"]["url"]);
        let told = fields(&event["request"]["headers"]).into_iter();
        let told = told.filter(|(name, _)| name.eq_ignore_ascii_case("referer"));
        self.referers.extend(told.map(|(_, value)| (to.clone(), value)));
        let kind = event["type"].as_str().unwrap_or_default();
        let request = text(&event["requestId"]);
        if !is_main || kind != "Document" {
            // A report of our own listener's page is none of the server's pages' doing.
            let is_read = matches!(event["request"]["method"].as_str(), Some("GET" | "OPTIONS"));
            self.wrote |= !is_read && !to.contains(LANDED);
            if ACTIVE.contains(&kind) {
                self.active.insert(request.clone(), None);
            }
            self.has_others |= !ACTIVE.contains(&kind) && !PASSIVE.contains(&kind);
            self.loaded.push_back(response(&hop(request.clone(), event)));
            if !UNIMPORTANT.contains(&kind) {
                self.open.insert(request);
                self.last_opened = Some(Instant::now());
            }
            return;
        }
        if event["redirectResponse"].is_object() {
            self.answer(event, &event["redirectResponse"], &event["redirectHasExtraInfo"]);
            self.over(event);
        }
        let hop = hop(request, event);
        self.announced = None;
        self.sent.push_back(response(&hop));
        self.hops.push(hop);
    }

    /// A script asked to go there. An address that is not http is passed to the system, and never
    /// requested.
    fn announced(&mut self, event: &Value) {
        let url = text(&event["url"]);
        let is_web = url.starts_with("http:") || url.starts_with("https:");
        if !is_web {
            self.sent.push_back(AuthorizationResponse::read(&url));
        } else if !self.hops.iter().rev().take(LATEST).any(|hop| hop.url == url) {
            self.announced = Some(Instant::now());
        }
    }

    fn answer(&mut self, event: &Value, response: &Value, has_more: &Value) {
        let Some(hop) = self.hop(event) else { return };
        let seconds = event["timestamp"].as_f64().unwrap_or(hop.started) - hop.started;
        hop.exchange.answer = answer(response);
        hop.exchange.duration_ms = milliseconds(seconds).unwrap_or_default();
        hop.has_more = has_more == &Value::Bool(true);
    }

    fn extra(&mut self, event: &Value) {
        let headers = fields(&event["headers"]);
        if matches!(event["statusCode"].as_u64(), Some(300..400))
            && let Some(hop) = self.hop(event)
            && let Some(to) = redirect(&hop.url, &headers)
            && !is_requested(&to)
        {
            self.redirected.push_back(AuthorizationResponse::read(to.as_str()));
        }
        self.more.entry(text(&event["requestId"])).or_default().push_back(headers);
    }

    fn over(&mut self, event: &Value) {
        let request = text(&event["requestId"]);
        self.open.remove(&request);
        self.last_over = Some(Instant::now());
        if let Some(hop) = self.hop(event) {
            hop.is_over = true;
            // Loading the browser's own error page does not remove the error.
            hop.error = hop.error.take().or(event["errorText"].as_str().map(str::to_owned));
        }
    }

    fn hop(&mut self, event: &Value) -> Option<&mut Hop> {
        let request = event["requestId"].as_str()?;
        self.hops.iter_mut().rev().find(|hop| hop.request == request)
    }
}

fn hop(request: String, event: &Value) -> Hop {
    let asked = &event["request"];
    let sent = Sent {
        method: text(&asked["method"]),
        url: text(&asked["url"]),
        headers: fields(&asked["headers"]),
        body: text(&asked["postData"]),
        certificate: None,
    };
    let url = format!("{}{}", sent.url, text(&asked["urlFragment"]));
    let at_ms = event["wallTime"].as_f64().and_then(milliseconds).unwrap_or_else(now_ms);
    let exchange = Exchange { sent, answer: None, at_ms, duration_ms: 0, held: Duration::ZERO };
    let started = event["timestamp"].as_f64().unwrap_or_default();
    Hop { request, exchange, url, started, has_more: false, is_over: false, error: None }
}

/// An answer as the browser reports it. Its body is not known.
fn answer(response: &Value) -> Option<Answer> {
    let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok())?;
    let headers = fields(&response["headers"]);
    Some(Answer { status, headers, body: crate::wire::Body::default(), cut: false })
}

/// Whether this answer is the same for everyone, as far as its header fields tell: it has the date
/// of a file, or may be kept for a while (RFC9111 §5.2.2).
fn is_for_everyone(answer: &Answer) -> bool {
    let caching = |directive| answer.field_holds("cache-control", directive);
    let lasts = caching("max-age") && !caching("max-age=0");
    !caching("no-store")
        && !caching("private")
        && (lasts || answer.header("last-modified").is_some())
}

/// Where these header fields redirect to.
fn redirect(from: &str, headers: &[(String, String)]) -> Option<Url> {
    let (_, to) = headers.iter().find(|(name, _)| name == "location")?;
    Url::parse(from).ok()?.join(to).ok()
}

/// Whether a browser requests an address that it is redirected to, as it is.
fn is_requested(to: &Url) -> bool {
    !matches!(to.scheme(), "data" | "javascript")
        && to.username().is_empty()
        && to.password().is_none()
}

fn milliseconds(seconds: f64) -> Option<u64> {
    u64::try_from(Duration::try_from_secs_f64(seconds).ok()?.as_millis()).ok()
}

/// The response that a request would deliver if its address were a redirect URI.
fn response(hop: &Hop) -> AuthorizationResponse {
    if hop.exchange.sent.method == "POST" {
        posted(&hop.url, &hop.exchange.sent.body)
    } else {
        AuthorizationResponse::read(&hop.url)
    }
}

/// Header fields; repeated ones are lines of one value.
fn fields(headers: &Value) -> Vec<(String, String)> {
    let fields = headers.as_object().into_iter().flatten();
    fields
        .flat_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let lines = value.as_str().unwrap_or_default().lines();
            lines.map(move |line| (name.clone(), line.to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
#[path = "network_log_tests.rs"]
mod tests;
