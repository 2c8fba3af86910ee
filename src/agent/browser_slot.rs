//! One browser and what its users are signed in to: the visits of the cases that sit there.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::RwLock;

use super::agent::{Agent, AgentResources, Known};
use super::browser::{Browser, VisitContext};
use super::callback::Callback;
use super::cookie::Cookie;
use super::driver::BrowserOptions;
use super::forgery::Forger;
use super::frame::Framed;
use super::http_visit::{End, HttpVisit};
use super::route::Origins;
use super::session::Session;
use super::visit::{AgentKind, Landing, Visit, VisitRequest};
use crate::suite::{Asked, Visitor};
use crate::wire::Blocked;

/// A browser, and sessions that no other browser has a copy of: copies of one session cannot sign in
/// at once.
pub(super) struct BrowserSlot {
    number: usize,
    guests: AtomicUsize,
    sessions: Mutex<BTreeMap<String, Session>>,
    window: tokio::sync::Mutex<Option<Window>>,
    /// Held by one visit alone while it answers pages, as that changes the session that all copies
    /// are of; by any number of visits that only pass by.
    door: RwLock<()>,
}

/// A browser, and the listener behind the redirect URIs that it is sent to.
struct Window {
    browser: Browser,
    callback: Callback,
}

impl BrowserSlot {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            guests: AtomicUsize::new(0),
            sessions: Mutex::default(),
            window: tokio::sync::Mutex::default(),
            door: RwLock::default(),
        }
    }

    /// How many cases sit here.
    pub(super) fn guests(&self) -> usize {
        self.guests.load(Ordering::Relaxed)
    }

    /// Closes the browser.
    pub(super) async fn stop(&self) {
        if let Some(window) = self.window.lock().await.take() {
            window.browser.stop().await;
        }
    }

    /// Takes over the cookies of these users.
    pub(super) fn go_on_with(&self, cookies: BTreeMap<String, Vec<Cookie>>) {
        let session = |(user, cookies): (String, Vec<_>)| (user, Session::from_cookies(&cookies));
        self.sessions().extend(cookies.into_iter().map(session));
    }

    /// The cookies of each user who has signed in.
    pub(super) fn cookies(&self) -> BTreeMap<String, Vec<Cookie>> {
        self.sessions().iter().map(|(user, session)| (user.clone(), session.cookies())).collect()
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A case's browser slot, until it is dropped: whose sessions its visits belong to.
pub struct SlotGuard<'a> {
    pub(super) agent: &'a Agent,
    slot: &'a BrowserSlot,
}

impl Drop for SlotGuard<'_> {
    fn drop(&mut self) {
        self.slot.guests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'a> SlotGuard<'a> {
    pub(super) fn new(agent: &'a Agent, slot: &'a BrowserSlot) -> Self {
        slot.guests.fetch_add(1, Ordering::Relaxed);
        Self { agent, slot }
    }

    /// Which browser slot it is, counted from nought.
    pub fn number(&self) -> usize {
        self.slot.number
    }

    /// Who visits.
    pub fn kind(&self) -> AgentKind {
        self.agent.kind()
    }

    /// Visits the authorization endpoint on a copy of the user's session.
    ///
    /// Where no page wants a person, visits go side by side; one that has to answer pages goes alone.
    pub async fn visit(&self, visit_request: &VisitRequest) -> Visit {
        if let Err(why) = self.agent.attempts.may_visit(visit_request) {
            return Visit::blocked(why);
        }
        let visit = self.make(visit_request).await;
        self.agent.attempts.note_visit(visit_request, &visit.landing);
        visit
    }

    async fn make(&self, visit_request: &VisitRequest) -> Visit {
        if let Some(forgery) = &visit_request.forgery {
            let known = self.agent.known().clone();
            return Forger::new(self, known).visit(visit_request, forgery).await;
        }
        if visit_request.visitor == Some(Visitor::BeforeSignIn) {
            return self.visit_as_before(visit_request).await;
        }
        if let Some(visitor) = visit_request.visitor {
            return self.visit_anew(visit_request, visitor).await;
        }
        if self.kind() != AgentKind::Browser && !visit_request.teaches {
            let together = self.slot.door.read().await;
            let known = self.agent.known().clone();
            if let Some(session) = self.session_of(visit_request) {
                let (visit, end) =
                    self.over_http(visit_request, known.clone(), session.clone(), false).await;
                if end == Some(Answered::MustBeSeen) && self.kind() == AgentKind::Hybrid {
                    drop(together);
                    let _alone = self.slot.door.write().await;
                    return self
                        .in_browser(visit_request, known, session)
                        .await
                        .by(AgentKind::Hybrid);
                }
                if end != Some(Answered::WantsBrowser) {
                    return visit.by(self.kind());
                }
            }
        }
        let _alone = self.slot.door.write().await;
        let known = self.agent.known().clone();
        let session = self.session_of(visit_request);
        match (self.kind(), session) {
            (AgentKind::Browser, session) => {
                self.in_browser(visit_request, known, session.unwrap_or_default()).await
            }
            (AgentKind::Forms, session) => {
                self.over_http(visit_request, known, session.unwrap_or_default(), true).await.0
            }
            // Nobody has signed in yet: that is what the browser is for.
            (AgentKind::Hybrid, None) if !self.agent.spares_browser => self
                .in_browser(visit_request, known, Session::default())
                .await
                .by(AgentKind::Hybrid),
            (AgentKind::Hybrid, session) => {
                self.hybrid(visit_request, known, session.unwrap_or_default()).await
            }
        }
    }

    /// Visits in a browser in which nobody has signed in, beside which others may pass.
    async fn visit_anew(&self, visit_request: &VisitRequest, visitor: Visitor) -> Visit {
        let known = self.agent.known().clone();
        let kind = self.kind();
        if visitor == Visitor::New && kind != AgentKind::Browser {
            let may_submit =
                kind == AgentKind::Forms || self.agent.forms_work.load(Ordering::Relaxed);
            let session = Session::default();
            let (visit, end) =
                self.over_http(visit_request, known.clone(), session, may_submit).await;
            if !end.is_some_and(Answered::is_for_browser) || kind == AgentKind::Forms {
                return visit.by(kind);
            }
        }
        if kind == AgentKind::Forms {
            return Visit::blocked(Blocked::Browser("there is none".to_owned()));
        }
        let _alone = self.slot.door.write().await;
        self.in_browser(visit_request, known, Session::default()).await.by(kind)
    }

    /// Shows the address in a frame of another origin's page, in the real browser.
    ///
    /// # Errors
    /// When nothing can be said of it, as without a browser.
    pub async fn frame(&self, url: &str) -> Result<Framed, Blocked> {
        let _alone = self.slot.door.write().await;
        let mut window = self.slot.window.lock().await;
        let Window { browser, .. } = self.open(&mut window).await?;
        self.agent.resources.http.turns(browser.requests).await;
        let origins = self.agent.known().origins.clone();
        browser.frame(url, &origins).await
    }

    /// Over HTTP as far as that goes, then in the browser, from the start again.
    async fn hybrid(&self, visit_request: &VisitRequest, known: Known, session: Session) -> Visit {
        let may_submit = self.agent.forms_work.load(Ordering::Relaxed);
        let (visit, end) =
            self.over_http(visit_request, known.clone(), session.clone(), may_submit).await;
        let came_back = matches!(visit.landing, Ok(Landing::Callback(_)));
        let answered_forms = end == Some(Answered::Forms);
        if !end.is_some_and(Answered::is_for_browser)
            && (came_back || !(visit_request.teaches && answered_forms))
        {
            return visit.by(AgentKind::Hybrid);
        }
        let mut seen = self.in_browser(visit_request, known, session).await;
        if visit_request.teaches
            && answered_forms
            && matches!(seen.landing, Ok(Landing::Callback(_)))
        {
            // What the browser can do and the plain form could not is left to the browser.
            self.agent.forms_work.store(false, Ordering::Relaxed);
        }
        let mut exchanges = visit.exchanges;
        exchanges.append(&mut seen.exchanges);
        Visit { exchanges, ..seen }.by(AgentKind::Hybrid)
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
        let mut http_visit = self.http_visit(visit_request, known, session, may_submit);
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
        if answered.is_none() && !http_visit.acted.is_empty() {
            answered = Some(Answered::Forms);
        }
        self.agent.logins.fetch_add(usize::from(http_visit.signed_in), Ordering::Relaxed);
        let HttpVisit {
            origins, pages, session, exchanges, page, asked, clicked, signed_in, ..
        } = http_visit;
        self.learn(visit_request, &landing, signed_in, origins, pages, || session);
        let visit = Visit::empty(AgentKind::Forms);
        (Visit { exchanges, landing, page, asked, clicked, ..visit }, answered)
    }

    async fn in_browser(
        &self,
        visit_request: &VisitRequest,
        known: Known,
        session: Session,
    ) -> Visit {
        let mut window = self.slot.window.lock().await;
        let Window { browser, callback } = match self.open(&mut window).await {
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
        };
        // How many requests it will take is not known before; the last visit tells.
        self.agent.resources.http.turns(browser.requests).await;
        let visit = browser.visit(visit_request, context).await;
        if is_lasting(visit_request, &visit.landing, visit.asked.contains(&Asked::SignIn)) {
            match browser.cookies().await {
                Ok(cookies) => {
                    let session = || Session::from_cookies(&cookies);
                    if self.learn(visit_request, &visit.landing, true, origins, pages, session) {
                        self.agent.logins.fetch_add(1, Ordering::Relaxed);
                        self.agent.browser_logins.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(why) => return Visit { landing: Err(why), ..visit },
            }
        }
        visit
    }

    /// Keeps what an unchanged flow has taught, and the session that a valid request was answered
    /// in, or that began in any; says whether it is a user's first one.
    ///
    /// A server may have ended the session that was known, as some do when a code is used twice, or
    /// when the user signs in again.
    fn learn(
        &self,
        visit_request: &VisitRequest,
        landing: &Result<Landing, Blocked>,
        signed_in: bool,
        origins: Origins,
        pages: BTreeSet<String>,
        session: impl FnOnce() -> Session,
    ) -> bool {
        if !is_lasting(visit_request, landing, signed_in) {
            return false;
        }
        let mut known = self.agent.known();
        if visit_request.teaches {
            known.origins.extend(origins);
            known.pages.extend(pages);
        }
        drop(known);
        self.slot.sessions().insert(visit_request.user.name.clone(), session()).is_none()
    }

    async fn open<'b>(&self, window: &'b mut Option<Window>) -> Result<&'b mut Window, Blocked> {
        if window.is_none() {
            self.agent.attempts.may_start()?;
            let opened = self.start().await;
            self.agent.attempts.note_start(opened.as_ref().err());
            *window = Some(opened?);
        }
        window.as_mut().ok_or_else(|| Blocked::Browser("it is gone".to_owned()))
    }

    /// A browser, and its listener: the addresses of the redirect URIs can be had once only, and another
    /// run on this machine may have them. One that cannot be led elsewhere waits for them.
    async fn start(&self) -> Result<Window, Blocked> {
        let AgentResources { browser, redirect_uris, http, .. } = &self.agent.resources;
        let (proven, network) = (http.proven(), http.network().clone());
        let options = &BrowserOptions { proven, network, ..browser.clone() };
        let silent = |error: io::Error| Blocked::Browser(error.to_string());
        // From another machine nobody arrives here: the browser's log tells where it was sent.
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

    fn session_of(&self, visit_request: &VisitRequest) -> Option<Session> {
        self.slot.sessions().get(&visit_request.user.name).cloned()
    }
}

/// Whether the session that a visit leaves behind is the user's from now on.
fn is_lasting(
    visit_request: &VisitRequest,
    landing: &Result<Landing, Blocked>,
    signed_in: bool,
) -> bool {
    visit_request.visitor.is_none()
        && (visit_request.is_valid || signed_in)
        && matches!(landing, Ok(Landing::Callback(_)))
}

/// How far a visit over HTTP came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// It sent forms on the way.
    Forms,
    /// It met a page that it could not answer.
    WantsBrowser,
    /// It met a page of which only a browser can tell what it does.
    MustBeSeen,
}

impl Answered {
    fn is_for_browser(self) -> bool {
        self != Self::Forms
    }
}

impl Visit {
    fn by(self, agent: AgentKind) -> Self {
        Self { agent, ..self }
    }

    pub(super) fn blocked(why: Blocked) -> Self {
        Self { landing: Err(why), ..Self::empty(AgentKind::Browser) }
    }
}
