//! The browser slot of a case: its visits over HTTP, in the browser, or both share the slot's
//! sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use url::Url;

use super::agent::{Agent, AgentResources, Known};
use super::browser::Browser;
use super::browser_options::BrowserOptions;
use super::browser_slot::{BrowserSlot, Window};
use super::callback::Callback;
use super::framed::Framed;
use super::http_visit::{End, HttpVisit};
use super::origins::Origins;
use super::page::Page;
use super::session::Session;
use super::session_question::SessionQuestion;
use super::visit::{AgentKind, Landing, Visit, VisitRequest};
use super::visit_context::VisitContext;
use crate::suite::{Asked, Visitor};
use crate::wire::{Blocked, Exchange, Phase};

impl Agent {
    /// A browser slot for a case, whose visits all use the same sessions: the one with the fewest
    /// other users.
    pub fn slot(&self) -> SlotGuard<'_> {
        let slot = self.slots.iter().min_by_key(|slot| slot.cases());
        SlotGuard::new(self, slot.unwrap_or(&self.slots[0]))
    }
}

/// A case's browser slot, until it is dropped: its sessions are used by the case's visits.
pub struct SlotGuard<'a> {
    pub(super) agent: &'a Agent,
    pub(super) slot: &'a BrowserSlot,
}

impl Drop for SlotGuard<'_> {
    fn drop(&mut self) {
        self.slot.cases.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'a> SlotGuard<'a> {
    pub(super) fn new(agent: &'a Agent, slot: &'a BrowserSlot) -> Self {
        slot.cases.fetch_add(1, Ordering::Relaxed);
        Self { agent, slot }
    }

    /// The number of the browser slot, from zero.
    pub fn number(&self) -> usize {
        self.slot.number
    }

    /// The kind of agent.
    pub fn kind(&self) -> AgentKind {
        self.agent.kind()
    }

    /// Visits in a browser without a signed-in user, while other visits may pass.
    pub(super) async fn visit_anew(&self, visit_request: &VisitRequest, visitor: Visitor) -> Visit {
        let known = self.agent.known().clone();
        let kind = self.kind();
        let mut is_doubtful = false;
        if visitor == Visitor::New && kind != AgentKind::Browser {
            let may_submit =
                kind == AgentKind::Forms || self.agent.forms_work.load(Ordering::Relaxed);
            let session = Session::default();
            let (visit, end) =
                self.over_http(visit_request, known.clone(), session, may_submit).await;
            let is_for_browser = end.is_some_and(Answered::is_for_browser);
            is_doubtful = self.is_doubtful(&visit, end);
            if !is_for_browser && !is_doubtful || kind == AgentKind::Forms {
                return visit.by(kind);
            }
        }
        if kind == AgentKind::Forms {
            return Visit::blocked(Blocked::Browser("there is none".to_owned()));
        }
        let _alone = self.slot.alone().await;
        let seen = self.in_browser(visit_request, known, Session::default()).await;
        self.leave_to_browser(is_doubtful, &seen);
        seen.by(kind)
    }

    /// Whether a script may do otherwise than the plain forms that this visit over HTTP has sent: none of their kind
    /// have led to the client yet, and these failed.
    pub(super) fn is_doubtful(&self, visit: &Visit, end: Option<Answered>) -> bool {
        let fails = match &visit.landing {
            Ok(Landing::ErrorPage { status, .. }) => status.is_some_and(|status| status >= 400),
            Ok(_) => false,
            Err(_) => true,
        };
        end == Some(Answered::Forms) && fails && !visit.asked.is_subset(&self.agent.forms_proven())
    }

    /// What the browser can do and the plain form could not is left to the browser.
    fn leave_to_browser(&self, has_failed: bool, seen: &Visit) {
        if has_failed && matches!(seen.landing, Ok(Landing::Callback(_))) {
            self.agent.forms_work.store(false, Ordering::Relaxed);
        }
    }

    /// Shows the address in a frame of another origin's page, in the real browser.
    ///
    /// # Errors
    /// When it cannot be tested, for instance without a browser.
    pub async fn frame(&self, url: &str) -> Result<Framed, Blocked> {
        let _alone = self.slot.alone().await;
        let mut window = self.slot.window().await;
        let _browser = Phase::Browser.enter();
        let Window { browser, .. } = self.open(&mut window).await?;
        self.agent.resources.http.turns(browser.requests).await;
        let origins = self.agent.known().origins.clone();
        browser.frame(url, &origins).await
    }

    /// Asks the server's frame whether a session has changed, in the real browser.
    ///
    /// # Errors
    /// When it cannot be tested, for instance without a browser.
    pub async fn ask(
        &self,
        question: &SessionQuestion,
        session: &Session,
    ) -> Result<Option<String>, Blocked> {
        let _alone = self.slot.alone().await;
        let mut window = self.slot.window().await;
        let _browser = Phase::Browser.enter();
        let Window { browser, callback } = self.open(&mut window).await?;
        let is_heard = Url::parse(&question.page).is_ok_and(|page| callback.hears(&page));
        if !is_heard {
            let why = "no page of the client can be shown at the origin of its redirect URI, which is \
                       not on this machine";
            return Err(Blocked::DoesNotApply(why.to_owned()));
        }
        self.agent.resources.http.turns(browser.requests).await;
        browser.ask(question, session).await
    }

    /// Over HTTP as far as possible, then in the browser, from the start.
    pub(super) async fn hybrid(
        &self,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
    ) -> Visit {
        let may_submit = self.agent.forms_work.load(Ordering::Relaxed);
        let (visit, end) =
            self.over_http(visit_request, known.clone(), session.clone(), may_submit).await;
        let came_back = matches!(visit.landing, Ok(Landing::Callback(_)));
        let has_failed = end == Some(Answered::Forms)
            && !came_back
            && (visit_request.teaches || self.is_doubtful(&visit, end));
        if !end.is_some_and(Answered::is_for_browser) && !has_failed {
            return visit.by(AgentKind::Hybrid);
        }
        let mut seen = self.seen_after(visit_request, known, session, &visit).await;
        self.leave_to_browser(has_failed, &seen);
        let mut exchanges = visit.exchanges;
        exchanges.append(&mut seen.exchanges);
        Visit { exchanges, ..seen }.by(AgentKind::Hybrid)
    }

    /// In the browser, after a visit over HTTP that a page ended.
    pub(super) async fn seen_after(
        &self,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
        before: &Visit,
    ) -> Visit {
        let mut window = self.slot.window().await;
        let seen = self.visit_in(&mut window, visit_request, known, session).await;
        let wrote = window.as_ref().is_none_or(|window| window.browser.wrote);
        let is_final = window.as_ref().is_some_and(|window| window.browser.is_final);
        drop(window);
        self.agent.continuations.learn(visit_request, &before.exchanges, &seen, wrote);
        self.agent.final_pages.learn(visit_request, &before.exchanges, &seen, is_final);
        seen
    }

    pub(super) fn http_visit<'b>(
        &'b self,
        visit_request: &'b VisitRequest,
        known: Known,
        session: Session,
        may_submit: bool,
    ) -> HttpVisit<'b> {
        HttpVisit {
            http: &self.agent.resources.http,
            script: &self.agent.resources.script,
            visit_request,
            origins: known.origins,
            pages: known.pages,
            session,
            may_submit,
            continuation: None,
            exchanges: Vec::new(),
            page: None,
            acted: Vec::new(),
            halt: None,
            held: None,
            before: None,
            strays: false,
            signed_in: false,
            asked: BTreeSet::new(),
            clicked: Vec::new(),
            round: BTreeMap::new(),
        }
    }

    pub(super) async fn over_http(
        &self,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
        may_submit: bool,
    ) -> (Visit, Option<Answered>) {
        let http_visit = self.http_visit(visit_request, known, session, may_submit);
        self.end_of(http_visit).await
    }

    /// Over HTTP, where a page that is proven to go on needs no browser. `None` if that did not
    /// lead to the client.
    pub(super) async fn continued(&self, visit_request: &VisitRequest) -> Option<Visit> {
        // Its page in the browser may show what its source does not.
        let session =
            self.session_of(visit_request).filter(|_| visit_request.looks_for.is_empty())?;
        let continuation = self.agent.continuations.of(visit_request)?;
        let known = self.agent.known().clone();
        let http_visit = self.http_visit(visit_request, known, session, false);
        let continuation = Some(continuation);
        let (visit, _) = self.end_of(HttpVisit { continuation, ..http_visit }).await;
        if matches!(visit.landing, Ok(Landing::Callback(_))) {
            return Some(visit.by(AgentKind::Hybrid));
        }
        self.agent.continuations.failed(visit_request);
        None
    }

    /// Makes a visit over HTTP, and learns from it.
    async fn end_of(&self, mut http_visit: HttpVisit<'_>) -> (Visit, Option<Answered>) {
        let visit_request = http_visit.visit_request;
        let mut answered = None;
        let landing = match http_visit.travel().await {
            End::Landed(landing) => Ok(landing),
            End::Blocked(why) => Err(why),
            End::WantsBrowser(why) => {
                answered = Some(Answered::WantsBrowser);
                Err(Blocked::Login(format!("{why}, which plain HTTP cannot answer")))
            }
            End::MustBeSeen(why) => {
                answered = Some(Answered::MustBeSeen);
                Err(Blocked::Unseen(format!("{why}, which only a browser can judge")))
            }
        };
        if visit_request.is_valid {
            let reach = &self.agent.http_reach;
            match answered {
                Some(Answered::MustBeSeen) => reach.note_short(),
                Some(Answered::WantsBrowser) if http_visit.may_submit => reach.note_short(),
                None if matches!(landing, Ok(Landing::Callback(_))) => reach.note_reached(),
                _ => {}
            }
        }
        if answered.is_none() && !http_visit.acted.is_empty() {
            answered = Some(Answered::Forms);
            if matches!(landing, Ok(Landing::Callback(_))) {
                self.agent.forms_proven().extend(&http_visit.asked);
            }
        }
        self.agent.logins.fetch_add(usize::from(http_visit.signed_in), Ordering::Relaxed);
        let HttpVisit { origins, pages, session, exchanges, page, asked, clicked, .. } = http_visit;
        let own = visit_request.has_own_session.then(|| session.clone());
        self.learn(visit_request, &landing, &asked, origins, pages, || session);
        let session = own;
        let shown = shown_in(&exchanges, visit_request);
        let visit = Visit { session, shown, ..Visit::empty(AgentKind::Forms) };
        (Visit { exchanges, landing, page, asked, clicked, ..visit }, answered)
    }

    pub(super) async fn in_browser(
        &self,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
    ) -> Visit {
        let mut window = self.slot.window().await;
        self.visit_in(&mut window, visit_request, known, session).await
    }

    async fn visit_in(
        &self,
        window: &mut Option<Window>,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
    ) -> Visit {
        let _browser = Phase::Browser.enter();
        let Window { browser, callback } = match self.open(window).await {
            Ok(window) => window,
            Err(why) => return Visit::blocked(why),
        };
        let Known { mut origins, mut pages, .. } = known;
        let context = VisitContext {
            script: &self.agent.resources.script,
            session: &session.cookies(),
            callback,
            known_pages: &mut pages,
            server: &mut origins,
            settled: &self.agent.settled,
        };
        // How many requests it will take is not known in advance; the last visit is the estimate.
        self.agent.resources.http.turns(browser.requests).await;
        let (pushed, visit_request) = match visit_request.pushed(&self.agent.resources.http).await {
            Ok((exchange, visit_request)) => (exchange, &visit_request.into_owned()),
            Err(visit) => return *visit,
        };
        let mut visit = browser.visit(visit_request, context).await;
        visit.exchanges.splice(..0, pushed);
        if visit_request.has_own_session {
            self.learn_pages(visit_request, &visit.landing, origins, pages);
            match browser.cookies().await {
                Ok(cookies) => visit.session = Some(Session::from_cookies(&cookies)),
                Err(why) => visit.landing = Err(why),
            }
        } else if is_lasting(visit_request, &visit.landing, &visit.asked) {
            match browser.cookies().await {
                Ok(cookies) => {
                    let session = || Session::from_cookies(&cookies);
                    if self.learn(
                        visit_request,
                        &visit.landing,
                        &visit.asked,
                        origins,
                        pages,
                        session,
                    ) {
                        self.agent.logins.fetch_add(1, Ordering::Relaxed);
                        self.agent.browser_logins.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(why) => return Visit { landing: Err(why), ..visit },
            }
        }
        visit
    }

    /// Keeps what an unchanged flow has shown, and the session of a valid request, or of any request
    /// for which the user was asked something. Returns whether it is the user's first session.
    ///
    /// A server may have ended the previous session: some do when a code is used twice, or when the
    /// user signs in again, or renew its cookies when the user has consented.
    fn learn(
        &self,
        visit_request: &VisitRequest,
        landing: &Result<Landing, Blocked>,
        asked: &BTreeSet<Asked>,
        origins: Origins,
        pages: BTreeSet<String>,
        session: impl FnOnce() -> Session,
    ) -> bool {
        if !is_lasting(visit_request, landing, asked) {
            if visit_request.has_own_session {
                self.learn_pages(visit_request, landing, origins, pages);
            }
            return false;
        }
        self.learn_pages(visit_request, landing, origins, pages);
        self.slot.sessions().insert(visit_request.user.name.clone(), session()).is_none()
    }

    /// Keeps what an unchanged flow has shown of the server's pages.
    fn learn_pages(
        &self,
        visit_request: &VisitRequest,
        landing: &Result<Landing, Blocked>,
        origins: Origins,
        pages: BTreeSet<String>,
    ) {
        if visit_request.teaches && matches!(landing, Ok(Landing::Callback(_))) {
            let mut known = self.agent.known();
            known.origins.extend(origins);
            known.pages.extend(pages);
        }
    }

    async fn open<'b>(&self, window: &'b mut Option<Window>) -> Result<&'b mut Window, Blocked> {
        if window.is_none() {
            self.agent.attempts.may_start()?;
            let opened = self.start().await;
            self.agent.attempts.note_start(opened.as_ref().err());
            let opened = opened?;
            if opened.browser.logs_fragments() {
                opened.callback.spare_pages();
            }
            *window = Some(opened);
        }
        window.as_mut().ok_or_else(|| Blocked::Browser("it is gone".to_owned()))
    }

    /// A browser and its listener. The addresses of the redirect URIs can be used only once, and
    /// another run on this machine may use them. A browser that cannot be redirected waits for
    /// them.
    async fn start(&self) -> Result<Window, Blocked> {
        let AgentResources { browser, redirect_uris, http, .. } = &self.agent.resources;
        let (proven, network) = (http.proven(), http.network().clone());
        let options = &BrowserOptions { proven, network, ..browser.clone() };
        let silent = |error: io::Error| Blocked::Browser(error.to_string());
        // A browser on another machine cannot arrive here: its log tells where it was sent.
        let uris: &[String] = if options.is_elsewhere() { &[] } else { redirect_uris };
        let own = match self.slot.number {
            0 => Some(Callback::listen_within(Duration::ZERO, uris).await),
            _ if options.is_elsewhere() => Some(Callback::listen(uris).await),
            _ => None,
        };
        match own {
            Some(Ok(callback)) => {
                let browser = Browser::start(options, &[]).await?;
                return Ok(Window { browser, callback });
            }
            Some(Err(error)) if error.kind() != io::ErrorKind::AddrInUse => {
                return Err(silent(error));
            }
            _ => {}
        }
        let callback = Callback::listen_apart(uris).await.map_err(silent)?;
        match Browser::start(options, callback.detours()).await {
            Ok(browser) => Ok(Window { browser, callback }),
            Err(_) if self.slot.number == 0 => {
                let callback = Callback::listen(uris).await.map_err(silent)?;
                let browser = Browser::start(options, &[]).await?;
                Ok(Window { browser, callback })
            }
            Err(why) => Err(why),
        }
    }

    pub(super) fn session_of(&self, visit_request: &VisitRequest) -> Option<Session> {
        self.slot.sessions().get(&visit_request.user.name).cloned()
    }
}

/// Whether the session after a visit becomes the user's.
fn is_lasting(
    visit_request: &VisitRequest,
    landing: &Result<Landing, Blocked>,
    asked: &BTreeSet<Asked>,
) -> bool {
    visit_request.visitor.is_none()
        && !visit_request.has_own_session
        && (visit_request.is_valid || !asked.is_empty())
        && matches!(landing, Ok(Landing::Callback(_)))
}

/// How far a visit over HTTP got.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// It submitted forms on the way.
    Forms,
    /// It met a page that it could not answer.
    WantsBrowser,
    /// It met a page whose effect only a browser can show.
    MustBeSeen,
}

impl Answered {
    pub(super) fn is_for_browser(self) -> bool {
        self != Self::Forms
    }
}

/// Which of the addresses that the visit looks for are in the pages that it was sent.
fn shown_in(exchanges: &[Exchange], visit_request: &VisitRequest) -> BTreeSet<String> {
    if visit_request.looks_for.is_empty() {
        return BTreeSet::new();
    }
    let answers = exchanges.iter().filter_map(|exchange| exchange.answer.as_ref());
    let pages: Vec<_> = answers.map(|answer| Page::read(&answer.body)).collect();
    let is_shown = |address: &&String| pages.iter().any(|page| page.shows(address));
    visit_request.looks_for.iter().filter(is_shown).cloned().collect()
}
