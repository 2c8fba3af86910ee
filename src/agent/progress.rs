//! Decides what to do about the current page: wait, act, or end the visit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use url::Url;

use super::action::{Action, PageKind};
use super::http_visit::{CIRCLE, refresh_url};
use super::login_form::{PASSKEY, is_for_passkeys};
use super::network_log::{Hop, NetworkLog};
use super::origins::Origins;
use super::page::Page;
use super::page_snapshot::{PROMISED, PROMISED_EARLY, PageSnapshot, SOURCE_LIMIT};
use super::settled_pages::{Fingerprint, SettledPages};
use super::shows::InertPage;
use super::visit::{Landing, VisitRequest, error_of};
use crate::oauth::AuthorizationResponse;
use crate::suite::{Asked, Decision};
use crate::target::LoginRule;
use crate::wire::{Blocked, NAME_AUTHORITY, is_trouble, quoted};

/// How often one page is acted on in a visit.
const ATTEMPTS: u32 = 3;

/// How long a page may show no effect before it is acted on again.
const RETRY: Duration = Duration::from_secs(3);

/// The same for a page that certainly has nothing left to do.
const NO_EFFECT: Duration = Duration::from_millis(500);

/// For how long a page must be unchanged to count as settled, in milliseconds.
const SETTLED: u32 = 300;

/// The same for a page with scripts, which may still act.
const SCRIPTED: u32 = 1_000;

/// The same for a page that was watched before, and did nothing.
const SEEN: u32 = 20;

/// For how long a page may go on that has gone on from frame to frame, or from message to message, in milliseconds.
const STIRRED: f64 = 200.0;

/// The same for a page that was watched before, and did nothing.
const STIRRED_SEEN: f64 = 50.0;

/// How long scripts may take to build a page, in milliseconds.
const BUILDING: f64 = 5_000.0;

/// The same for a page that is still at work or loads something then, as on a busy machine.
pub(super) const BUILDING_LATE: f64 = 15_000.0;

/// The reason for a page that continues by itself, but too late.
const LATER: &str = "a page that continues by itself, but not within the waiting time";

/// How much of an error page's text is shown, in characters.
const TEXT_LIMIT: usize = 300;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// The page is not ready, or is about to change.
    Wait,
    /// Fill in and click.
    Act(Action),
    /// The visit ends here.
    End(Result<Landing, Blocked>),
}

/// The progress of a visit.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The source of the last page seen.
    pub(super) html: String,
    version: String,
    action: Option<Action>,
    text: String,
    /// The labels of its buttons, if the page is not understood.
    buttons: Option<String>,
    /// Whether the page certainly asks for the action.
    is_certain: bool,
    /// What the page hands over and must not.
    given: Option<AuthorizationResponse>,
    /// Whether the page may act by itself, or will be followed by another.
    acts: bool,
    leads_on: bool,
    /// Whether the page says that it is to be loaded again, or leads on.
    refreshes: bool,
    acted: Option<Acted>,
    attempts: BTreeMap<String, u32>,
    /// How to refuse on a page that asks for consent.
    refusal: Option<Action>,
    /// What the pages asked for that was answered.
    pub(super) asked: BTreeSet<Asked>,
    /// The labels of what was clicked.
    pub(super) clicked: Vec<String>,
    /// Which of the addresses that the visit looks for were shown.
    pub(super) shown: BTreeSet<String>,
    /// What the page is made of, if it asks for nothing.
    fingerprint: Option<Fingerprint>,
    /// Pages that need not be watched again.
    settled: SettledPages,
    /// The last page seen, if it does nothing by itself any more.
    pub(super) inert: Option<InertPage>,
}

#[derive(Debug)]
struct Acted {
    document: f64,
    action: Action,
    at: Instant,
}

impl Acted {
    /// Whether the document may still show what was done. Nothing is under way in one that reports what it has yet to
    /// do, and reports nothing.
    fn may_have_effect(&self, snapshot: &PageSnapshot) -> bool {
        let time = self.at.elapsed();
        let knows = snapshot.watched && snapshot.rested && !snapshot.unsure;
        let has_more = snapshot.promised || snapshot.has_stirred(STIRRED);
        let is_done = knows && !has_more && snapshot.quiet >= f64::from(SETTLED);
        time < RETRY && !(is_done && time >= NO_EFFECT)
    }
}

impl Progress {
    /// The progress of a visit that knows these pages.
    pub(super) fn new(settled: &SettledPages) -> Self {
        Self { settled: settled.clone(), ..Self::default() }
    }

    /// The version of the page that need not be sent again.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// How often the page of this action was shown again after it was acted on.
    pub(super) fn came_back(&self, action: &Action) -> usize {
        self.attempts.get(&action.signature).map_or(0, |count| *count as usize)
    }

    /// Notes that the page was acted on.
    pub(super) fn acted(&mut self, document: f64, action: Action) {
        self.asked.extend(action.kind.asks());
        self.clicked.extend(action.said());
        *self.attempts.entry(action.signature.clone()).or_default() += 1;
        self.acted = Some(Acted { document, action, at: Instant::now() });
    }

    /// Takes a snapshot of the page, and decides.
    pub(super) fn next(
        &mut self,
        snapshot: &PageSnapshot,
        log: Option<&NetworkLog>,
        visit_request: &VisitRequest,
        script: &[LoginRule],
        known_pages: &mut BTreeSet<String>,
        server: &Origins,
    ) -> Next {
        if let Some(html) = &snapshot.html {
            self.read(snapshot, html, visit_request, script, server);
        }
        if visit_request.teaches && is_for_passkeys(&visit_request.user) {
            // Its page may continue by itself before anything is clicked.
            known_pages.insert(PASSKEY.to_owned());
        }
        if log.is_some_and(NetworkLog::is_navigating) {
            return Next::Wait;
        }
        if is_inner(&snapshot.url) {
            return unloaded(snapshot, log);
        }
        if let Some(given) = self.given.take() {
            return Next::End(Ok(visit_request.landing(given)));
        }
        self.inert = log.and_then(|log| self.inert(snapshot, log));
        let is_idle = log.is_none_or(NetworkLog::is_idle);
        let is_loaded = is_idle && (snapshot.complete || snapshot.age >= BUILDING);
        if !is_loaded && snapshot.age < BUILDING_LATE {
            return Next::Wait;
        }
        let Some(action) = self.action.clone().filter(|action| action.kind != PageKind::Relay)
        else {
            return self.nothing(snapshot, log, visit_request.teaches);
        };
        if self.is_at_work(snapshot, &action) {
            return Next::Wait;
        }
        // If consent was remembered, the valid flow did not show the page on which to refuse now.
        let refuses = action.kind.lets_refuse() && visit_request.decide.is_some();
        let is_certain = self.is_certain && status(log).is_none_or(|status| status < 400);
        if !visit_request.teaches && !refuses && !is_certain && !action.is_among(known_pages) {
            return self.unknown(snapshot, log, &action);
        }
        known_pages.insert(action.signature.clone());
        if self.attempts.get(&action.signature).is_some_and(|count| *count >= ATTEMPTS) {
            return Next::End(Err(Blocked::Login(comes_back(&action))));
        }
        if refuses {
            return match self.refusal.clone() {
                Some(refusal) => Next::Act(refusal),
                None if action.kind == PageKind::SignOut
                    && visit_request.decide == Some(Decision::DenyIfAsked) =>
                {
                    // Whoever does not want to sign out may leave the page.
                    self.asked.extend(action.kind.asks());
                    self.error_page(snapshot, status(log))
                }
                None => Next::End(Err(Blocked::DoesNotApply(action.kind.no_refusal().to_owned()))),
            };
        }
        Next::Act(action)
    }

    fn read(
        &mut self,
        snapshot: &PageSnapshot,
        html: &str,
        visit_request: &VisitRequest,
        script: &[LoginRule],
        server: &Origins,
    ) {
        let page = Page::read(html);
        let shown = visit_request.looks_for.iter().filter(|address| page.shows(address));
        self.shown.extend(shown.cloned());
        let base = Url::parse(&snapshot.url).ok().filter(|_| !visit_request.teaches);
        self.given = base.and_then(|base| page.hands_over(&base, visit_request, server));
        self.acts = page.acts().is_some();
        let refresh = page.refresh();
        self.refreshes = refresh.is_some();
        self.leads_on = refresh.is_some_and(|refresh| refresh_url(&refresh).is_some());
        self.action = visit_request.wanted_at(&page, script);
        let is_final = || page.fingerprint(&snapshot.url, visit_request);
        self.fingerprint = (self.acts && snapshot.watched).then(is_final);
        self.refusal = self.action.as_ref().and_then(|action| page.refusal(script, action));
        self.is_certain = self
            .action
            .as_ref()
            .is_some_and(|action| page.certainly_asks(script, &visit_request.user, action));
        self.text = page.text(TEXT_LIMIT);
        self.buttons = page.unknown_buttons_of(visit_request.signs_out);
        html.clone_into(&mut self.html);
        self.version.clone_from(&snapshot.version);
    }

    /// The page, if it does nothing by itself any more.
    fn inert(&self, snapshot: &PageSnapshot, log: &NetworkLog) -> Option<InertPage> {
        let is_still = snapshot.complete && log.is_idle() && !self.refreshes && !log.refreshes();
        let acts = self.acts || snapshot.scripted || snapshot.acts || snapshot.unsure;
        let is_whole = self.html.len() < SOURCE_LIMIT;
        let is_inert = is_still && is_whole && snapshot.watched && !acts && !snapshot.promised;
        let (document, url, hops) = (snapshot.document, snapshot.url.clone(), log.hops());
        is_inert.then_some(InertPage { document, url, hops })
    }

    /// Whether the document was acted on and is still processing that.
    fn is_at_work(&self, snapshot: &PageSnapshot, action: &Action) -> bool {
        let Some(acted) = self.acted_on(snapshot) else { return false };
        let same = acted.action == *action && acted.may_have_effect(snapshot);
        same || snapshot.quiet < f64::from(SETTLED / 2)
    }

    fn acted_on(&self, snapshot: &PageSnapshot) -> Option<&Acted> {
        let same = |acted: &&Acted| (acted.document - snapshot.document).abs() < f64::EPSILON;
        self.acted.as_ref().filter(same)
    }

    /// A page that looks like one of the server's, but that no valid flow has shown.
    fn unknown(&self, snapshot: &PageSnapshot, log: Option<&NetworkLog>, action: &Action) -> Next {
        if !is_quiet(snapshot, log, self.time_to_watch(snapshot).min(SETTLED)) {
            return Next::Wait;
        }
        let status = status(log);
        if action.kind == PageKind::Consent && status.is_some_and(|status| status >= 400) {
            return self.says_no(snapshot, log, false);
        }
        let what = if action.kind == PageKind::Consent { "consent" } else { "login" };
        let why = format!("a {what} page that the valid flow never showed");
        Next::End(Err(Blocked::Login(why)))
    }

    /// The page asks for nothing: the server's error page, once it is certain not to change.
    fn nothing(&self, snapshot: &PageSnapshot, log: Option<&NetworkLog>, teaches: bool) -> Next {
        let sends_itself = self.action.is_some();
        let may_be_built = snapshot.scripted && (teaches || self.text.is_empty());
        let at_work = self.acted_on(snapshot).is_some_and(|acted| acted.may_have_effect(snapshot));
        let time = self.time_to_watch(snapshot);
        let is_settled = is_quiet(snapshot, log, time) && !may_be_built && !at_work;
        let limit = if snapshot.rested { BUILDING } else { BUILDING_LATE };
        if sends_itself || !(is_settled || snapshot.age >= limit) {
            return Next::Wait;
        }
        let next = self.says_no(snapshot, log, teaches);
        if let (true, Next::End(Ok(_)), Some(page)) = (is_settled, &next, &self.fingerprint) {
            self.settled.add(page);
        }
        next
    }

    /// For how long the page must not change before it counts as final, in milliseconds. Where
    /// pages do not report what they have yet to do, only time tells.
    fn time_to_watch(&self, snapshot: &PageSnapshot) -> u32 {
        let acts = self.acts || snapshot.scripted || snapshot.acts;
        if !snapshot.watched {
            return if snapshot.scripted { SCRIPTED } else { SETTLED };
        }
        match (acts, snapshot.unsure, self.is_seen()) {
            (false, ..) => 0,
            (true, false, true) => SEEN,
            (true, false, false) | (true, true, true) => SETTLED,
            (true, true, false) => SCRIPTED,
        }
    }

    /// Whether a page like this one was watched to its end.
    pub(super) fn is_seen(&self) -> bool {
        self.fingerprint.as_ref().is_some_and(|page| self.settled.contains(page))
    }

    /// The server's error page, unless the page has yet to do something, or may: then it waits.
    fn says_no(&self, snapshot: &PageSnapshot, log: Option<&NetworkLog>, teaches: bool) -> Next {
        let may_act = (self.acts || snapshot.scripted) && !snapshot.watched && !teaches;
        let time = if self.is_seen() { STIRRED_SEEN } else { STIRRED };
        if snapshot.promised
            || snapshot.has_stirred(time)
            || may_act && snapshot.age < f64::from(PROMISED)
        {
            return Next::Wait;
        }
        if let (true, Some(buttons), None | Some(..400)) = (teaches, &self.buttons, status(log)) {
            return Next::End(Err(Blocked::Login(buttons.clone())));
        }
        match self.leads_on || log.and_then(NetworkLog::last).is_some_and(Hop::leads_on) {
            true if snapshot.age < f64::from(PROMISED_EARLY) => Next::Wait,
            true => Next::End(Err(Blocked::Unseen(LATER.to_owned()))),
            false => self.error_page(snapshot, status(log)),
        }
    }

    fn error_page(&self, snapshot: &PageSnapshot, status: Option<u16>) -> Next {
        let json = snapshot.json.as_ref().and_then(|json| serde_json::from_str(json).ok());
        error_page(status, error_of(&snapshot.url, json.as_ref()), self.text.clone())
    }
}

/// The reason for a page that is shown again whatever is done.
fn comes_back(action: &Action) -> String {
    let clicked = action.said().map(|says| format!(" after a click on {}", quoted(&says)));
    format!(
        "the page keeps coming back{}: a wrong password, or a form that wants more than is filled \
         in",
        clicked.unwrap_or_default()
    )
}

/// A status that reports a server error is not a refusal.
fn error_page(status: Option<u16>, error: Option<String>, text: String) -> Next {
    Next::End(match status {
        Some(status) if is_trouble(status) => Err(Blocked::Unavailable(status)),
        Some(status @ ..400) if error.is_none() && text.is_empty() => Err(Blocked::Mute(status)),
        status => Ok(Landing::ErrorPage { status, error, text }),
    })
}

/// The window shows no page: not yet, the answer has none, or there was no answer.
fn unloaded(snapshot: &PageSnapshot, log: Option<&NetworkLog>) -> Next {
    let failed = !snapshot.url.starts_with("about:blank");
    let Some(hop) = log.and_then(NetworkLog::last) else {
        let why =
            format!("the browser shows {}", snapshot.url.split('&').next().unwrap_or_default());
        let is_given_up = failed || snapshot.age > BUILDING;
        return if is_given_up { Next::End(Err(Blocked::Unreachable(why))) } else { Next::Wait };
    };
    // Chromium's own page may be shown before the log reports the failed request.
    match (hop.status(), hop.error()) {
        // Chromium reports `aborted` if it does not show the response: a download, or no content.
        (Some(status), error) if error.is_some() || status == 204 => {
            error_page(Some(status), None, String::new())
        }
        (_, Some(_)) if log.is_some_and(NetworkLog::goes_in_circles) => {
            error_page(Some(302), error_of(hop.url(), None), CIRCLE.to_owned())
        }
        (Some(_), None) if failed && snapshot.age > BUILDING => {
            let why = "the browser shows an error page without a reason";
            Next::End(Err(Blocked::Unreachable(why.to_owned())))
        }
        (None, Some(error)) if error.contains("ERR_CERT") => {
            Next::End(Err(Blocked::Untrusted(format!("{error}; {NAME_AUTHORITY}"))))
        }
        (None, Some(error)) => Next::End(Err(Blocked::Unreachable(error.to_owned()))),
        _ => Next::Wait,
    }
}

/// Whether neither the page nor what it waits for has changed for so many milliseconds, although the
/// page has had its turn.
fn is_quiet(snapshot: &PageSnapshot, log: Option<&NetworkLog>, time: u32) -> bool {
    let network = log.is_none_or(|log| log.is_quiet(Duration::from_millis(time.into())));
    network && snapshot.quiet >= f64::from(time) && (snapshot.rested || time == 0)
}

/// The status of the page, if known.
fn status(log: Option<&NetworkLog>) -> Option<u16> {
    log?.last()?.status()
}

/// Whether the address is one of the browser's own pages.
fn is_inner(url: &str) -> bool {
    ["about:", "chrome-error:", "chrome:", "data:"].iter().any(|inner| url.starts_with(inner))
}
