//! A single visit by the browser, from start to landing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, sleep};
use url::Url;

use super::action::Action;
use super::callback::Arrival;
use super::cookie::Cookie;
use super::failed::Failed;
use super::network_log::NetworkLog;
use super::origins::Origins;
use super::page_actions::act;
use super::page_snapshot::PageSnapshot;
use super::progress::{BUILDING_LATE, Next, Progress};
use super::route::Route;
use super::second_factor::{NoCode, no_passkey, one_time_code};
use super::shows::Shows;
use super::visit::{Landing, VisitRequest};
use super::visit_context::VisitContext;
use super::webdriver::WebDriver;
use crate::oauth::AuthorizationResponse;
use crate::oauth::request::Method;
use crate::target::LoginRule;
use crate::wire::Blocked;

/// How long a visit may take.
pub(super) const VISIT: Duration = Duration::from_secs(20);

/// The interval at which a page is polled: there is no notification of changes.
const LOOK: Duration = Duration::from_millis(20);

/// The same at first: most pages are final at once, or not for long.
const FIRST_LOOKS: [Duration; 4] = [Duration::from_millis(5); 4];

/// How long a visit may take to its first answer before the window is looked at nevertheless.
const SETTING_OUT: Duration = Duration::from_secs(1);

/// How long the browser may take to tell of a request that has arrived.
const TELLING: Duration = Duration::from_millis(300);

/// The same if the query has no response, which must then be in the fragment.
const TELLING_ALL: Duration = Duration::from_secs(2);

/// Posts a form, as a client's page would.
const POST: &str = "
    const [action, fields] = arguments;
    const form = document.createElement('form');
    Object.assign(form, { action, method: 'post' });
    for (const [name, value] of fields) {
        const field = document.createElement('input');
        Object.assign(field, { type: 'hidden', name, value });
        form.append(field);
    }
    (document.body ?? document.documentElement).append(form);
    HTMLFormElement.prototype.submit.call(form);
";

/// A visit in progress.
pub(super) struct BrowserVisit<'a> {
    browser: &'a WebDriver,
    route: Route<'a>,
    script: &'a [LoginRule],
    session: &'a [Cookie],
    known_pages: &'a mut BTreeSet<String>,
    server: &'a mut Origins,
    log: &'a mut NetworkLog,
    progress: &'a mut Progress,
    /// The page of an earlier visit that the window shows until it has another one.
    earlier: Option<f64>,
    begun: Instant,
    /// To how many addresses the window had been sent when it showed a page with scripts.
    scripted: Option<usize>,
    /// How long it has waited for one-time codes.
    waited: Duration,
}

impl<'a> BrowserVisit<'a> {
    pub(super) fn new(
        browser: &'a WebDriver,
        visit_request: &'a VisitRequest,
        context: VisitContext<'a>,
        log: &'a mut NetworkLog,
        progress: &'a mut Progress,
    ) -> Self {
        let VisitContext { script, session, callback, known_pages, server, .. } = context;
        let route = Route { visit_request, callback };
        Self {
            browser,
            route,
            script,
            session,
            known_pages,
            server,
            log,
            progress,
            earlier: None,
            begun: Instant::now(),
            scripted: None,
            waited: Duration::ZERO,
        }
    }

    /// Visits, and does what pages ask for until it has landed.
    pub(super) async fn make(mut self, shows: &Shows) -> Result<Landing, Blocked> {
        self.prepare(shows).await?;
        let mut arrivals = self.route.callback.arrivals();
        let start = Instant::now();
        self.begun = start;
        let mut intervals = FIRST_LOOKS.into_iter();
        let mut is_time = true;
        self.set_out().await?;
        while start.elapsed() < VISIT + self.waited {
            if let Some(landing) = self.look(is_time).await? {
                return Ok(landing);
            }
            is_time = tokio::select! {
                arrival = arrival(&mut arrivals, start) => return self.arrived(arrival).await,
                () = self.browser.news() => false,
                () = sleep(intervals.next().unwrap_or(LOOK)) => true,
            };
        }
        let place = self.browser.url().await?;
        let place = place.split(['?', '#']).next().unwrap_or_default();
        let limit = VISIT.as_secs();
        Err(Blocked::Login(format!(
            "neither the callback nor an error page within {limit} s; the browser is at {place}"
        )))
    }

    /// Clears the page, cookies and log of the last visit.
    async fn prepare(&mut self, shows: &Shows) -> Result<(), Failed> {
        if !self.browser.has_log() {
            // Without Chromium's protocol, only the current page's cookies are accessible.
            let origin =
                Url::parse(&self.route.visit_request.request.endpoint).map(|url| url.join("/"));
            if let Ok(Ok(origin)) = origin {
                self.go(origin.as_str()).await?;
            }
        }
        if self.route.visit_request.sent().method == Method::Post {
            self.browser.set_cookies(self.session).await?;
        } else {
            self.browser.keep_cookies(self.session).await?;
        }
        if *shows == Shows::Anything {
            self.go("about:blank").await?;
        }
        if matches!(shows, Shows::Anything | Shows::Leaving) {
            self.browser.wait_for_blank(VISIT).await?;
        }
        self.earlier = shows.inert().map(|page| page.document);
        self.browser.log().await.map(drop)
    }

    async fn set_out(&mut self) -> Result<(), Failed> {
        let request = self.route.visit_request.sent();
        self.server.insert(&request.endpoint);
        if request.method != Method::Post {
            return self.go(&request.url()).await;
        }
        let fields: Vec<_> =
            request.body.iter().map(|(name, value)| json!([name, value])).collect();
        self.browser.run(POST, vec![json!(request.url()), json!(fields)]).await.map(drop)
    }

    /// Goes to an address. An unreachable address is not a failure of the browser.
    async fn go(&self, url: &str) -> Result<(), Failed> {
        match self.browser.go(url).await {
            Err(failed) if failed.is_fatal() => Err(failed),
            _ => Ok(()),
        }
    }

    /// Checks where the browser was sent and what it shows, and acts on the page.
    ///
    /// `is_time` is false if the browser told something before the next look was due. That is enough to judge a page without
    /// scripts; what scripts make of it takes time.
    async fn look(&mut self, is_time: bool) -> Result<Option<Landing>, Blocked> {
        self.log.read(&self.browser.log().await?);
        if let Some(landing) = self.was_sent() {
            return Ok(Some(landing));
        }
        let is_early = || !self.log.is_idle() || self.scripted == Some(self.log.hops());
        if self.is_setting_out() || !is_time && is_early() {
            return Ok(None);
        }
        if is_time {
            self.log.read(&self.browser.whole_log().await?);
            if let Some(landing) = self.was_sent() {
                return Ok(Some(landing));
            }
        }
        if self.is_arriving() {
            return Ok(None);
        }
        let Some(snapshot) = self.snapshot().await? else { return Ok(None) };
        if snapshot.scripted || snapshot.acts {
            self.scripted = Some(self.log.hops());
            if !is_time {
                return Ok(None);
            }
        }
        self.judge(&snapshot).await
    }

    /// Judges what the window shows, and acts on it.
    async fn judge(&mut self, snapshot: &PageSnapshot) -> Result<Option<Landing>, Blocked> {
        if !self.browser.has_log() {
            let sent = AuthorizationResponse::read(&snapshot.address());
            if let Some(landing) = self.route.sent_to(sent, self.server) {
                return Ok(Some(landing));
            }
        }
        // The page of our own listener reports to it, and is none of the server's.
        if Url::parse(&snapshot.url).is_ok_and(|url| self.route.callback.hears(&url)) {
            return Ok(None);
        }
        for opened in &snapshot.opened {
            let opened = AuthorizationResponse::read(opened);
            if let Some(landing) = self.route.loaded(opened, self.server) {
                return Ok(Some(landing));
            }
        }
        let log = self.browser.has_log().then_some(&*self.log);
        let visit_request = self.route.visit_request;
        match self.progress.next(
            snapshot,
            log,
            visit_request,
            self.script,
            self.known_pages,
            self.server,
        ) {
            Next::Wait => Ok(None),
            // It was sent elsewhere, or asked for something, between the log and the snapshot.
            Next::End(_) if snapshot.age < BUILDING_LATE && self.has_moved().await? => Ok(None),
            Next::End(landing) => landing.map(Some),
            Next::Act(action) => self.act(snapshot.document, action).await,
        }
    }

    /// Takes a snapshot of the page. That of an earlier visit is none of this one's.
    async fn snapshot(&self) -> Result<Option<PageSnapshot>, Failed> {
        let snapshot = PageSnapshot::take(self.browser, self.progress.version()).await?;
        Ok(snapshot.map(|snapshot| match self.earlier {
            Some(earlier) if (snapshot.document - earlier).abs() < f64::EPSILON => {
                PageSnapshot::blank(self.begun.elapsed().as_secs_f64() * 1_000.0)
            }
            _ => snapshot,
        }))
    }

    /// Whether the window was sent to our own listener last, which reports that and showed no page.
    fn is_arriving(&self) -> bool {
        let hears = |url: &str| Url::parse(url).is_ok_and(|url| self.route.callback.hears(&url));
        self.log.last().is_some_and(|hop| hop.status() == Some(204) && hears(hop.url()))
    }

    /// Whether the window certainly still shows the page of an earlier visit.
    fn is_setting_out(&self) -> bool {
        let has_no_answer = || self.log.last().is_none_or(|hop| hop.status().is_none());
        self.earlier.is_some() && self.begun.elapsed() < SETTING_OUT && has_no_answer()
    }

    /// Whether the browser has asked for anything since the log was read.
    async fn has_moved(&mut self) -> Result<bool, Failed> {
        if !self.browser.has_log() {
            return Ok(false);
        }
        let before = self.log.requests();
        self.log.read(&self.browser.whole_log().await?);
        Ok(self.log.requests() > before || self.log.is_navigating())
    }

    /// Acts on the page. If it asks for something that is unavailable, the visit ends.
    async fn act(&mut self, document: f64, action: Action) -> Result<Option<Landing>, Blocked> {
        let user = &self.route.visit_request.user;
        if let Some(why) = no_passkey(user, &action) {
            return Err(why);
        }
        let mut whole = action.clone();
        if let Some((number, _)) = action.code {
            match one_time_code(user, self.progress.came_back(&action)) {
                Ok(code) => whole.fill.push((number, code)),
                Err(NoCode::Wait(time)) => {
                    self.waited += time;
                    sleep(time).await;
                    return Ok(None);
                }
                Err(NoCode::Never(why)) => return Err(why),
            }
        }
        act(self.browser, &whole, self.progress.inert.is_some()).await?;
        self.progress.acted(document, action);
        Ok(None)
    }

    /// Handles an arrival at the listener; the browser may have been elsewhere before.
    async fn arrived(&mut self, arrival: Arrival) -> Result<Landing, Blocked> {
        let is_answer = arrival.response.is_answer();
        let patience = if is_answer { TELLING } else { TELLING_ALL };
        match &arrival.address {
            Some(address) => self.read_until_told_of(address, patience).await?,
            None => self.log.read(&self.browser.whole_log().await?),
        }
        if let Some(landing) = self.was_sent() {
            return Ok(landing);
        }
        let whole = arrival.address.as_deref().and_then(|address| self.log.with_fragment(address));
        let response = match whole {
            Some(whole) => AuthorizationResponse::read(whole),
            None if arrival.address.is_some() && !is_answer => {
                let why = "the browser did not report the address that it was sent to";
                return Err(Blocked::Unseen(why.to_owned()));
            }
            None => arrival.response,
        };
        Ok(self.route.visit_request.landing(response))
    }

    /// Reads the log until it tells that the window was sent to this address, and got there, but no longer than this.
    async fn read_until_told_of(
        &mut self,
        address: &str,
        patience: Duration,
    ) -> Result<(), Failed> {
        let start = Instant::now();
        loop {
            self.log.read(&self.browser.log().await?);
            let is_told = self.log.with_fragment(address).is_some() && !self.log.is_navigating();
            if is_told || start.elapsed() > patience {
                return Ok(());
            }
            tokio::select! {
                () = self.browser.news() => {}
                () = sleep(LOOK / 4) => {}
            }
        }
    }

    fn was_sent(&mut self) -> Option<Landing> {
        if let Some(sent) = self.log.next_redirected() {
            return Some(self.route.redirected_to(sent));
        }
        while let Some(sent) = self.log.next_sent() {
            if let Some(landing) = self.route.sent_to(sent, self.server) {
                return Some(landing);
            }
        }
        while let Some(loaded) = self.log.next_loaded() {
            if let Some(landing) = self.route.loaded(loaded, self.server) {
                return Some(landing);
            }
        }
        None
    }
}

/// The first arrival of this visit; a page of an earlier one may still be reporting.
async fn arrival(arrivals: &mut broadcast::Receiver<Arrival>, start: Instant) -> Arrival {
    loop {
        match arrivals.recv().await {
            Ok(arrival) if arrival.at >= start.into_std() => return arrival,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
