//! Pages whose script only goes on to an address that the page was given. Once the browser has
//! shown twice that it does, the same page is answered over HTTP; now and then the browser checks
//! that it still does the same.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use url::Url;

use super::visit::{Landing, Visit, VisitRequest};
use crate::oauth::names::{CODE_CHALLENGE, NONCE, STATE};
use crate::oauth::request::Method;
use crate::suite::Asked;
use crate::wire::{Answer, Exchange};

/// How often the browser must have shown it.
pub(super) const PROVEN: usize = 2;

/// One visit in so many is made in the browser nevertheless.
pub(super) const CHECKED: usize = 20;

/// How often it may lead nowhere, for instance because the script also sends a header field.
const FAILURES: usize = 3;

/// How much a script may add to the address, in characters.
const ADDED: usize = 64;

/// The shortest value that is replaced when pages are compared.
const SHORTEST: usize = 8;

/// What is said once the browser has done something else.
const DIFFERS: &str = "a page that went on to an address it was given now does something else: all \
                       further visits that need the browser use it";

/// How a page goes on, whatever is new in each request.
#[derive(Clone, Debug)]
pub(super) struct Continuation {
    /// The address of the page, and what its source is made of.
    page: String,
    source: [u8; 32],
    /// The parameter of that address that contains where it goes on to, and what is added.
    param: String,
    added: String,
    /// What the page asks for, and what is clicked.
    pub(super) asked: BTreeSet<Asked>,
    pub(super) clicked: Vec<String>,
}

impl Continuation {
    /// Whether the same page goes on in the same way. Buttons that do the same may have several
    /// labels.
    fn is_same(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.page.clone(), it.source, it.param.clone(), it.added.clone());
        of(self) == of(other) && self.asked == other.asked
    }

    /// How a page went on that was fetched over HTTP, and then shown by the browser. `None` unless
    /// the browser did nothing but go on to an address that the page was given.
    fn seen(visit_request: &VisitRequest, fetched: &[Exchange], visit: &Visit) -> Option<Self> {
        let last = fetched.last()?;
        let answer = last.answer.as_ref().filter(|it| it.status == 200 && !it.cut)?;
        let page = Url::parse(&last.sent.url).ok()?;
        let is_redirect = |it: &Exchange| {
            it.sent.method == "GET"
                && it.answer.as_ref().is_some_and(|it| (300..400).contains(&it.status))
        };
        // A second click may interrupt what the first began; only the last request may be ours.
        let (callback, before) = visit.exchanges.split_last()?;
        let made = before.iter().filter(|it| it.answer.is_some()).chain([callback]);
        let made: Vec<_> = made.collect();
        let at = made.iter().position(|it| !is_redirect(it))?;
        let (shown, rest) = made.get(at..)?.split_first()?;
        let (next, after) = rest.split_first()?;
        let (_callback, between) = after.split_last()?;
        if shown.sent.method != "GET"
            || shown.sent.url != last.sent.url
            || !is_redirect(next)
            || !between.iter().copied().all(is_redirect)
        {
            return None;
        }
        let (param, added) = page.query_pairs().find_map(|(name, value)| {
            let to = Url::parse(&value).ok().filter(|to| to.origin() == page.origin())?;
            let added = next.sent.url.strip_prefix(to.as_str())?;
            (added.len() <= ADDED).then(|| (name.into_owned(), added.to_owned()))
        })?;
        Some(Self {
            page: masked(page.as_str(), visit_request),
            source: digest(answer, visit_request),
            param,
            added,
            asked: visit.asked.clone(),
            clicked: {
                let mut clicked = visit.clicked.clone();
                clicked.dedup();
                clicked
            },
        })
    }

    /// Where the page at this address goes on to, if it is the same.
    pub(super) fn next(
        &self,
        page: &Url,
        answer: &Answer,
        visit_request: &VisitRequest,
    ) -> Option<String> {
        let is_same = answer.status == 200
            && !answer.cut
            && masked(page.as_str(), visit_request) == self.page
            && digest(answer, visit_request) == self.source;
        let to = page.query_pairs().find(|(name, _)| is_same && *name == self.param)?.1;
        Some(format!("{}{}", Url::parse(&to).ok()?, self.added))
    }
}

/// What is known of the pages that requests lead to.
#[derive(Debug, Default)]
pub(super) struct Continuations(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    by_request: HashMap<String, Known>,
    is_off: bool,
    notices: Vec<String>,
}

#[derive(Debug)]
struct Known {
    continuation: Continuation,
    shown: usize,
    used: usize,
    failed: usize,
    /// Whether the server did not accept it just now, as when the user was signed out.
    is_refused: bool,
}

impl Known {
    fn is_proven(&self) -> bool {
        self.shown >= PROVEN && self.failed < FAILURES
    }
}

impl Continuations {
    /// Whether it is proven how the page goes on that this request leads to.
    pub(super) fn knows(&self, visit_request: &VisitRequest) -> bool {
        let learned = self.learned();
        let known = request(visit_request).and_then(|key| learned.by_request.get(&key));
        !learned.is_off && known.is_some_and(Known::is_proven)
    }

    /// How the page goes on that this request leads to, if that is proven and need not be checked
    /// this time.
    pub(super) fn of(&self, visit_request: &VisitRequest) -> Option<Continuation> {
        let mut learned = self.learned();
        if learned.is_off {
            return None;
        }
        let known = learned.by_request.get_mut(&request(visit_request)?)?;
        if !known.is_proven() {
            return None;
        }
        known.used += 1;
        (known.used % CHECKED != 0).then(|| known.continuation.clone())
    }

    /// Notes that a proven continuation did not lead to the client.
    pub(super) fn failed(&self, visit_request: &VisitRequest) {
        let mut learned = self.learned();
        let key = request(visit_request).unwrap_or_default();
        if let Some(known) = learned.by_request.get_mut(&key) {
            known.failed += 1;
            known.is_refused = true;
        }
    }

    /// Learns from a page that was fetched over HTTP, and then shown by the browser. `wrote` is
    /// whether the page sent anything itself.
    pub(super) fn learn(
        &self,
        visit_request: &VisitRequest,
        fetched: &[Exchange],
        visit: &Visit,
        wrote: bool,
    ) {
        let Some(key) = request(visit_request) else { return };
        if visit.landing.is_err() || visit.asked.contains(&Asked::SignIn) {
            return;
        }
        let is_callback = matches!(visit.landing, Ok(Landing::Callback(_))) && !wrote;
        let seen = is_callback.then(|| Continuation::seen(visit_request, fetched, visit)).flatten();
        let mut learned = self.learned();
        let known = learned.by_request.get_mut(&key);
        match (known, seen) {
            // The server told the difference, so nothing was taken for something else.
            (Some(known), _) if known.is_refused => known.is_refused = false,
            (Some(known), Some(seen)) if known.continuation.is_same(&seen) => known.shown += 1,
            (Some(known), _) if known.shown >= PROVEN => {
                if !std::mem::replace(&mut learned.is_off, true) {
                    learned.notices.push(DIFFERS.to_owned());
                }
            }
            (_, Some(continuation)) => {
                let known = Known { continuation, shown: 1, used: 0, failed: 0, is_refused: false };
                learned.by_request.insert(key, known);
            }
            (_, None) => {}
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

/// The request without what is new each time; `None` if it is changed, or not made by a user who
/// simply agrees.
fn request(visit_request: &VisitRequest) -> Option<String> {
    let VisitRequest { request, user, is_valid, visitor, decide, forgery, .. } = visit_request;
    let is_plain = *is_valid
        && visitor.is_none()
        && decide.is_none()
        && forgery.is_none()
        && user.passkey.is_none()
        && request.method == Method::Get;
    is_plain.then(|| format!("{}\n{}", user.name, masked(&request.url(), visit_request)))
}

/// The text without the values that are new in each request.
pub(super) fn masked(text: &str, visit_request: &VisitRequest) -> String {
    let params = visit_request.request.params();
    let fresh = [STATE, NONCE, CODE_CHALLENGE].map(|name| (name, params.get(name)));
    fresh.iter().fold(text.to_owned(), |text, (name, value)| match value {
        Some(value) if value.len() >= SHORTEST => text.replace(value, &format!("[{name}]")),
        _ => text,
    })
}

fn digest(answer: &Answer, visit_request: &VisitRequest) -> [u8; 32] {
    Sha256::digest(masked(&answer.body, visit_request)).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::agent::visit::AgentKind;
    use crate::oauth::{AuthorizationResponse, Request};
    use crate::wire::{Body, Sent};

    const CALLBACK: &str = "http://127.0.0.1:8765/callback?code=c1";

    fn visit_request(state: &str, is_valid: bool) -> VisitRequest {
        let mut request = Request::new(Method::Get, "https://as.example/authorize");
        request.query.set(STATE, state);
        let redirect_uris = vec!["http://127.0.0.1:8765/callback".to_owned()];
        VisitRequest { redirect_uris, is_valid, ..VisitRequest::plain(request) }
    }

    fn exchange(url: &str, status: u16, body: &str) -> Exchange {
        let body = Body::from(body.to_owned());
        let answer = Some(Answer { status, headers: Vec::new(), body, cut: false });
        let held = Duration::ZERO;
        Exchange { sent: Sent::get(url), answer, at_ms: 0, duration_ms: 0, held }
    }

    fn page_of(state: &str) -> Url {
        let to = format!("https://as.example/authorize?state={state}");
        Url::parse_with_params("https://as.example/consent", [("to", to)]).unwrap()
    }

    /// A visit over HTTP that ended at the page, and one in the browser where the page added this.
    fn visits(state: &str, added: &str) -> (Vec<Exchange>, Visit) {
        let page = exchange(page_of(state).as_str(), 200, "<script>goOn()</script>");
        let first = exchange(&format!("https://as.example/authorize?state={state}"), 302, "");
        let next = format!("{}{added}", first.sent.url);
        let exchanges =
            [first.clone(), page.clone(), exchange(&next, 302, ""), exchange(CALLBACK, 200, "")];
        let landing = Ok(Landing::Callback(AuthorizationResponse::read(CALLBACK)));
        let (asked, clicked) = (BTreeSet::from([Asked::Consent]), vec!["Continue".to_owned()]);
        let visit = Visit::empty(AgentKind::Browser);
        let visit = Visit { exchanges: exchanges.to_vec(), landing, asked, clicked, ..visit };
        (vec![first, page], visit)
    }

    fn shown(continuations: &Continuations, state: &str, added: &str) {
        let (fetched, visit) = visits(state, added);
        continuations.learn(&visit_request(state, true), &fetched, &visit, false);
    }

    #[test]
    fn what_the_browser_has_shown_twice_is_done_without_it() {
        let continuations = Continuations::default();
        shown(&continuations, "state-000001", "&go");
        assert!(!continuations.knows(&visit_request("state-000009", true)));
        shown(&continuations, "state-000002", "&go");
        let visit_request_now = visit_request("state-000003", true);
        let known = continuations.of(&visit_request_now).unwrap();
        let (fetched, _) = visits("state-000003", "");
        let answer = fetched[1].answer.as_ref().unwrap();
        let next = known.next(&page_of("state-000003"), answer, &visit_request_now);
        assert_eq!(next.as_deref(), Some("https://as.example/authorize?state=state-000003&go"));
        assert_eq!(known.asked, BTreeSet::from([Asked::Consent]));
        let other = Answer { body: Body::from("<p>Who are you?".to_owned()), ..answer.clone() };
        assert_eq!(known.next(&page_of("state-000003"), &other, &visit_request_now), None);
    }

    #[test]
    fn a_request_that_is_changed_is_shown_to_the_browser() {
        let continuations = Continuations::default();
        ["state-000001", "state-000002"].iter().for_each(|it| shown(&continuations, it, "&go"));
        assert!(!continuations.knows(&visit_request("state-000003", false)));
        let mut other = visit_request("state-000003", true);
        other.request.query.set("prompt", "login");
        assert!(!continuations.knows(&other));
    }

    #[test]
    fn one_visit_in_twenty_is_a_check() {
        let continuations = Continuations::default();
        ["state-000001", "state-000002"].iter().for_each(|it| shown(&continuations, it, "&go"));
        let visit_request = visit_request("state-000003", true);
        let used = (0..40).filter(|_| continuations.of(&visit_request).is_some());
        assert_eq!(used.count(), 38);
    }

    #[test]
    fn a_difference_ends_it_for_the_run() {
        let continuations = Continuations::default();
        ["state-000001", "state-000002"].iter().for_each(|it| shown(&continuations, it, "&go"));
        shown(&continuations, "state-000003", "&other");
        assert!(!continuations.knows(&visit_request("state-000004", true)));
        assert_eq!(continuations.notices(), [DIFFERS]);
    }

    #[test]
    fn a_page_that_sends_something_itself_is_left_to_the_browser() {
        let continuations = Continuations::default();
        for state in ["state-000001", "state-000002"] {
            let (fetched, visit) = visits(state, "&go");
            continuations.learn(&visit_request(state, true), &fetched, &visit, true);
        }
        assert!(!continuations.knows(&visit_request("state-000003", true)));
    }
}
