//! Error pages whose scripts did nothing when the browser showed them. When the same page comes over
//! HTTP again, the browser is not needed; now and then it checks that this still holds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cookie_store::RawCookie;
use sha2::{Digest, Sha256};

use super::continuation::{CHECKED, PROVEN, masked};
use super::page::Page;
use super::settled_pages::masked_for;
use super::visit::{AgentKind, Landing, Visit, VisitRequest};
use crate::oauth::names::{CLIENT_ID, REDIRECT_URI};
use crate::oauth::request::Method;
use crate::wire::{Answer, Exchange};

/// How many pages are remembered, each with its picture.
const MOST: usize = 200;

/// Header fields that decide what a page may do.
const DECIDING: &[&str] = &["content-type", "content-security-policy", "link", "refresh"];

/// What is said once the browser has shown something else.
const DIFFERS: &str = "an error page whose scripts did nothing now ends elsewhere: all further pages \
                       with scripts are shown in the browser";

/// The pages that all visits of an agent have seen.
#[derive(Debug, Default)]
pub(super) struct FinalPages(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    pages: HashMap<[u8; 32], Known>,
    is_off: bool,
    notices: Vec<String>,
}

#[derive(Debug)]
struct Known {
    landing: Landing,
    screenshot: Option<Vec<u8>>,
    shown: usize,
    /// The kinds of requests after which the browser has shown it, and how often one came again.
    used: HashMap<RequestKind, usize>,
    /// Whether the same source once ended elsewhere.
    is_unsteady: bool,
}

/// What a script could tell one request by from another: a page that stays after one kind of request
/// may go on after another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RequestKind {
    method: Method,
    /// The names of the parameters, each as often as it was sent.
    params: Vec<String>,
    /// The redirect URIs that are not registered: a script might go to one, and not to another.
    foreign: Vec<String>,
}

impl FinalPages {
    /// The visit that ended over HTTP at a page with scripts, with what the browser would show.
    /// `None` if that is not proven, or to be checked this time.
    pub(super) fn seen(&self, visit_request: &VisitRequest, visit: &Visit) -> Option<Visit> {
        let source = source(visit_request, &visit.exchanges)?;
        let mut learned = self.learned();
        if learned.is_off {
            return None;
        }
        let known = learned.pages.get_mut(&source)?;
        if known.is_unsteady || known.shown < PROVEN {
            return None;
        }
        let used = known.used.get_mut(&kind(visit_request))?;
        *used += 1;
        (*used % CHECKED != 0).then(|| Visit {
            landing: Ok(known.landing.clone()),
            screenshot: known.screenshot.clone(),
            ..visit.clone().by(AgentKind::Hybrid)
        })
    }

    /// Learns from a page that was fetched over HTTP, and then shown by the browser. `is_final` is
    /// whether the browser watched it to its end, and it loaded nothing but files.
    pub(super) fn learn(
        &self,
        visit_request: &VisitRequest,
        fetched: &[Exchange],
        visit: &Visit,
        is_final: bool,
    ) {
        let Some(source) = source(visit_request, fetched) else { return };
        let Ok(landing) = &visit.landing else { return };
        let mut learned = self.learned();
        let room = learned.pages.len() < MOST;
        match learned.pages.get_mut(&source) {
            Some(known) if known.landing != *landing => {
                let was_used = known.used.values().any(|used| *used > 0);
                known.is_unsteady = true;
                if was_used && !std::mem::replace(&mut learned.is_off, true) {
                    learned.notices.push(DIFFERS.to_owned());
                }
            }
            _ if !is_final || !stays(visit_request, fetched, visit) => {}
            Some(known) => {
                known.shown += 1;
                known.used.entry(kind(visit_request)).or_default();
            }
            None if room => {
                let used = HashMap::from([(kind(visit_request), 0)]);
                let (landing, screenshot) = (landing.clone(), visit.screenshot.clone());
                let known = Known { landing, screenshot, shown: 1, used, is_unsteady: false };
                learned.pages.insert(source, known);
            }
            None => {}
        }
    }

    /// What there is to say since the last call.
    pub(super) fn notices(&self) -> Vec<String> {
        std::mem::take(&mut self.learned().notices)
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the browser was answered as the HTTP client was, and showed an error page on which
/// nothing is new each time.
fn stays(visit_request: &VisitRequest, fetched: &[Exchange], visit: &Visit) -> bool {
    let (Ok(Landing::ErrorPage { text, .. }), [shown], [before]) =
        (&visit.landing, &*visit.exchanges, fetched)
    else {
        return false;
    };
    let status = |it: &Exchange| it.answer.as_ref().map(|answer| answer.status);
    visit.asked.is_empty()
        && shown.sent.method == before.sent.method
        && shown.sent.url == before.sent.url
        && status(shown) == status(before)
        && unnamed(text, visit_request) == *text
        && masked_for(text, visit_request) == *text
}

/// What the page was made of that answered the request at once, but for what is new in each request.
/// `None` if the visit is of another kind, or the page is built by its scripts: then its source
/// tells nothing. Other values that differ each time may tell the scripts what to do.
fn source(visit_request: &VisitRequest, fetched: &[Exchange]) -> Option<[u8; 32]> {
    let VisitRequest { visitor, forgery, decide, push, reference, object, .. } = visit_request;
    let is_plain = visitor.is_none()
        && forgery.is_none()
        && decide.is_none()
        && push.is_none()
        && reference.is_none()
        && object.is_none()
        && visit_request.looks_for.is_empty()
        && !visit_request.teaches
        && !visit_request.signs_out
        && !visit_request.has_own_session
        && !visit_request.is_watched;
    let [only] = fetched else { return None };
    let answer = only.answer.as_ref().filter(|it| is_plain && !it.cut && is_written(it))?;
    let mut hash = Sha256::new();
    let mut add = |name: &str, value: &str| {
        hash.update(format!("{name}: {}\n", unnamed(value, visit_request)));
    };
    add("address", only.sent.url.split(['?', '#']).next().unwrap_or_default());
    add("status", &answer.status.to_string());
    for name in DECIDING {
        answer.headers(name).for_each(|value| add(name, value));
    }
    answer.headers("set-cookie").filter(|it| is_readable(it)).for_each(|it| add("cookie", it));
    add("source", &answer.body);
    Some(hash.finalize().into())
}

/// Whether scripts can read this cookie.
fn is_readable(cookie: &str) -> bool {
    RawCookie::parse(cookie).is_ok_and(|cookie| cookie.http_only() != Some(true))
}

/// The text without what is new in each request, and without the client's identifier in addresses.
fn unnamed(text: &str, visit_request: &VisitRequest) -> String {
    let text = masked(text, visit_request);
    match visit_request.request.params().get(CLIENT_ID) {
        Some(id) => text.replace(&format!("{CLIENT_ID}={id}"), CLIENT_ID),
        None => text,
    }
}

/// Whether the page says something without its scripts.
fn is_written(answer: &Answer) -> bool {
    Page::is_readable(&answer.body) && !Page::read(&answer.body).text(1).is_empty()
}

fn kind(visit_request: &VisitRequest) -> RequestKind {
    let sent = visit_request.request.params();
    let mut params: Vec<_> = sent.iter().map(|(name, _)| name.to_owned()).collect();
    params.sort();
    let asked_for = sent.iter().filter(|(name, _)| *name == REDIRECT_URI).map(|(_, uri)| uri);
    let is_foreign = |uri: &&str| !visit_request.redirect_uris.iter().any(|known| known == uri);
    let foreign = asked_for.filter(is_foreign).map(str::to_owned).collect();
    RequestKind { method: visit_request.request.method, params, foreign }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::oauth::Request;
    use crate::oauth::names::STATE;
    use crate::wire::{Body, Sent};

    const CALLBACK: &str = "http://127.0.0.1:8765/callback";
    const ATTACKER: &str = "https://attacker.example/callback";
    const PAGE: &str = "<body><p>That is not right.</p><script src=/app.js></script>";

    /// A visit of the client with this state, to be answered at this address.
    fn visit_request(state: &str, redirect_uri: &str) -> VisitRequest {
        let mut request = Request::new(Method::Get, "https://as.example/authorize");
        request.query.set(CLIENT_ID, "web");
        request.query.set(STATE, state);
        request.query.set(REDIRECT_URI, redirect_uri);
        VisitRequest { redirect_uris: vec![CALLBACK.to_owned()], ..VisitRequest::plain(request) }
    }

    /// The visit over HTTP that ended at this page.
    fn fetched(visit_request: &VisitRequest, source: &str) -> Visit {
        let body = Body::from(source.to_owned());
        let answer = Some(Answer { status: 400, headers: Vec::new(), body, cut: false });
        let (sent, held) = (Sent::get(visit_request.request.url()), Duration::ZERO);
        let exchange = Exchange { sent, answer, at_ms: 0, duration_ms: 0, held };
        Visit { exchanges: vec![exchange], ..Visit::empty(AgentKind::Forms) }
    }

    fn error_page(text: &str) -> Landing {
        Landing::ErrorPage { status: Some(400), error: None, text: text.to_owned() }
    }

    /// The browser shows the page: nothing changes, and this text is on it.
    fn shown(pages: &FinalPages, visit_request: &VisitRequest, source: &str, text: &str) {
        let before = fetched(visit_request, source);
        let landing = Ok(error_page(text));
        let visit = Visit { landing, screenshot: Some(vec![1]), ..before.clone() };
        pages.learn(visit_request, &before.exchanges, &visit, true);
    }

    /// What is known of the page.
    fn seen(pages: &FinalPages, visit_request: &VisitRequest, source: &str) -> Option<Visit> {
        pages.seen(visit_request, &fetched(visit_request, source))
    }

    /// The browser has shown the page twice.
    fn proven(redirect_uri: &str) -> FinalPages {
        let pages = FinalPages::default();
        for state in ["state-0000000001", "state-0000000002"] {
            shown(&pages, &visit_request(state, redirect_uri), PAGE, "That is not right.");
        }
        pages
    }

    #[test]
    fn what_the_browser_has_shown_twice_needs_it_no_more() {
        let (pages, third) = (FinalPages::default(), visit_request("state-0000000003", CALLBACK));
        shown(&pages, &visit_request("state-0000000001", CALLBACK), PAGE, "That is not right.");
        assert!(seen(&pages, &third, PAGE).is_none());
        shown(&pages, &visit_request("state-0000000002", CALLBACK), PAGE, "That is not right.");
        let visit = seen(&pages, &third, PAGE).unwrap();
        assert_eq!(visit.landing, Ok(error_page("That is not right.")));
        assert_eq!((visit.screenshot, visit.exchanges.len()), (Some(vec![1]), 1));
    }

    #[test]
    fn another_page_is_shown_in_the_browser() {
        let (pages, third) = (proven(CALLBACK), visit_request("state-0000000003", CALLBACK));
        for other in [
            "<body><p>That is not right.</p><script src=/other.js></script>",
            "<body><p>That is wrong.</p><script src=/app.js></script>",
        ] {
            assert!(seen(&pages, &third, other).is_none(), "{other}");
        }
        let mut answered = fetched(&third, PAGE);
        answered.exchanges[0].answer.as_mut().unwrap().status = 200;
        assert!(pages.seen(&third, &answered).is_none());
        let also_asked = fetched(&third, PAGE).exchanges.remove(0);
        let mut redirected = fetched(&third, PAGE);
        redirected.exchanges.push(also_asked);
        assert!(pages.seen(&third, &redirected).is_none());
    }

    #[test]
    fn another_kind_of_request_is_shown_in_the_browser() {
        let pages = proven(ATTACKER);
        let known = || visit_request("state-0000000003", ATTACKER);
        assert!(seen(&pages, &known(), PAGE).is_some());
        let mut more = known();
        more.request.query.set("prompt", "none");
        let mut posted = known();
        posted.request.method = Method::Post;
        let registered = visit_request("state-0000000003", CALLBACK);
        let elsewhere = visit_request("state-0000000003", "https://attacker.example/other");
        let watched = VisitRequest { is_watched: true, ..known() };
        for other in [more, posted, registered, elsewhere, watched] {
            assert!(seen(&pages, &other, PAGE).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_page_that_its_scripts_build_is_always_shown_in_the_browser() {
        let shell =
            "<body><div id=app></div><noscript>Switch on scripts.</noscript><script></script>";
        let pages = FinalPages::default();
        for state in ["state-0000000001", "state-0000000002"] {
            shown(&pages, &visit_request(state, CALLBACK), shell, "That is not right.");
        }
        assert!(seen(&pages, &visit_request("state-0000000003", CALLBACK), shell).is_none());
    }

    #[test]
    fn what_scripts_are_told_makes_another_page() {
        let (pages, third) = (proven(CALLBACK), visit_request("state-0000000003", CALLBACK));
        let with = |cookie: &str| {
            let mut visit = fetched(&third, PAGE);
            let answer = visit.exchanges[0].answer.as_mut().unwrap();
            answer.headers.push(("set-cookie".to_owned(), cookie.to_owned()));
            visit
        };
        assert!(pages.seen(&third, &with("next=away; Path=/")).is_none());
        assert!(pages.seen(&third, &with("next=away; Path=/; HttpOnly")).is_some());
        let source = |word: &str| format!("<body><p>No.</p><input value={word}><script></script>");
        for state in ["state-0000000001", "state-0000000002"] {
            shown(&pages, &visit_request(state, CALLBACK), &source("0a1b2c3d4e5f6071"), "No.");
        }
        assert!(seen(&pages, &third, &source("0a1b2c3d4e5f6071")).is_some());
        assert!(seen(&pages, &third, &source("f0e1d2c3b4a59687")).is_none());
    }

    #[test]
    fn what_is_new_each_time_is_no_difference_but_is_never_repeated() {
        let pages = FinalPages::default();
        let source = |state: &str| format!("<body>No. <a href='/again?state={state}'>Again</a>");
        for state in ["state-0000000001", "state-0000000002"] {
            shown(&pages, &visit_request(state, CALLBACK), &source(state), "No. Again");
        }
        let third = visit_request("state-0000000003", CALLBACK);
        assert!(seen(&pages, &third, &source("state-0000000003")).is_some());
        let pages = FinalPages::default();
        for state in ["state-0000000001", "state-0000000002"] {
            shown(&pages, &visit_request(state, CALLBACK), PAGE, "No: 0a1b2c3d4e5f6071.");
        }
        assert!(seen(&pages, &third, PAGE).is_none());
    }

    #[test]
    fn a_page_that_was_not_watched_to_its_end_proves_nothing() {
        let pages = FinalPages::default();
        for state in ["state-0000000001", "state-0000000002"] {
            let request = visit_request(state, CALLBACK);
            let before = fetched(&request, PAGE);
            let visit = Visit { landing: Ok(error_page("No.")), ..before.clone() };
            pages.learn(&request, &before.exchanges, &visit, false);
        }
        assert!(seen(&pages, &visit_request("state-0000000003", CALLBACK), PAGE).is_none());
    }

    #[test]
    fn one_visit_in_twenty_is_a_check() {
        let pages = proven(CALLBACK);
        let third = visit_request("state-0000000003", CALLBACK);
        let used = (0..40).filter(|_| seen(&pages, &third, PAGE).is_some());
        assert_eq!(used.count(), 38);
    }

    #[test]
    fn a_difference_ends_it_for_the_run() {
        let pages = proven(CALLBACK);
        let third = visit_request("state-0000000003", CALLBACK);
        assert!(seen(&pages, &third, PAGE).is_some());
        shown(&pages, &third, PAGE, "Good bye.");
        assert!(seen(&pages, &third, PAGE).is_none());
        assert_eq!(pages.notices(), [DIFFERS]);
    }
}
