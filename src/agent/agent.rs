//! Who visits: a browser, an HTTP client that fills in forms, or both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::browser::{Browser, Guide};
use super::callback::Callback;
use super::driver::BrowserOptions;
use super::errand::{AgentKind, Errand, Landing, Visit};
use super::frame::Framed;
use super::journey::{End, Journey};
use super::route::Origins;
use super::session::Session;
use tokio::sync::RwLock;

use crate::suite::Visitor;
use crate::target::LoginRule;
use crate::wire::{Blocked, Http};

/// What an agent has to work with.
pub struct Means {
    /// Who visits.
    pub kind: AgentKind,
    /// The HTTP client of the run.
    pub http: Arc<Http>,
    /// How to sign in, where the usual pages are not recognised by themselves.
    pub script: Vec<LoginRule>,
    /// The server's own origins.
    pub origins: Origins,
    /// Which browser, where one is used.
    pub browser: BrowserOptions,
    /// The redirect URIs of all clients, to be listened on while the browser visits.
    pub redirect_uris: Vec<String>,
}

/// The user agent of a run, which knows the sessions of its users.
pub struct Agent {
    means: Means,
    known: Mutex<Known>,
    /// Whether pages may be answered without a browser: they may until one could not.
    forms_work: AtomicBool,
    browser: tokio::sync::Mutex<Option<Window>>,
    /// Held by one visit alone while it answers pages, as that changes the session that all copies
    /// are of; by any number of visits that only pass by.
    door: RwLock<()>,
    browser_logins: AtomicUsize,
    logins: AtomicUsize,
}

/// A browser, and the ears for where it is sent.
struct Window {
    browser: Browser,
    callback: Callback,
}

/// What unchanged flows have taught.
#[derive(Clone, Default)]
struct Known {
    origins: Origins,
    /// Signatures of login and consent pages.
    pages: BTreeSet<String>,
    sessions: BTreeMap<String, Session>,
}

impl Agent {
    /// An agent with these means; a browser is started when it is first needed.
    pub fn new(means: Means) -> Self {
        let known = Known { origins: means.origins.clone(), ..Known::default() };
        Self {
            means,
            known: Mutex::new(known),
            forms_work: AtomicBool::new(true),
            browser: tokio::sync::Mutex::default(),
            door: RwLock::default(),
            browser_logins: AtomicUsize::new(0),
            logins: AtomicUsize::new(0),
        }
    }

    /// Who visits.
    pub fn kind(&self) -> AgentKind {
        self.means.kind
    }

    /// How often somebody signed in, and how often of that in the browser.
    pub fn logins(&self) -> (usize, usize) {
        (self.logins.load(Ordering::Relaxed), self.browser_logins.load(Ordering::Relaxed))
    }

    /// Starts the browser where one will be needed, so that it is there when it is.
    pub async fn warm_up(&self) {
        if self.means.kind != AgentKind::Forms {
            // Who needs the browser and cannot have it is told then.
            let _ = self.open(&mut *self.browser.lock().await).await;
        }
    }

    /// Closes the browser.
    pub async fn stop(&self) {
        if let Some(window) = self.browser.lock().await.take() {
            window.browser.stop().await;
        }
    }

    /// Visits the authorization endpoint on a copy of the user's session.
    ///
    /// Where no page wants a person, visits go side by side; one that has to answer pages goes alone.
    pub async fn visit(&self, errand: &Errand) -> Visit {
        if let Some(visitor) = errand.visitor {
            return self.visit_anew(errand, visitor).await;
        }
        if self.means.kind != AgentKind::Browser && !errand.teaches {
            let _together = self.door.read().await;
            let known = self.known().clone();
            if let Some(session) = known.sessions.get(&errand.user.name).cloned() {
                let (visit, end) = self.over_http(errand, known, session, false).await;
                if end != Some(Answered::WantsBrowser) {
                    return visit.by(self.means.kind);
                }
            }
        }
        let _alone = self.door.write().await;
        let known = self.known().clone();
        let session = known.sessions.get(&errand.user.name).cloned();
        match (self.means.kind, session) {
            (AgentKind::Browser, session) => {
                self.in_browser(errand, known, session.unwrap_or_default()).await
            }
            (AgentKind::Forms, session) => {
                self.over_http(errand, known, session.unwrap_or_default(), true).await.0
            }
            // Nobody has signed in yet: that is what the browser is for.
            (AgentKind::Hybrid, None) => {
                self.in_browser(errand, known, Session::default()).await.by(AgentKind::Hybrid)
            }
            (AgentKind::Hybrid, Some(session)) => self.hybrid(errand, known, session).await,
        }
    }

    /// Visits in a browser in which nobody has signed in, beside which others may pass.
    async fn visit_anew(&self, errand: &Errand, visitor: Visitor) -> Visit {
        let known = self.known().clone();
        let kind = self.means.kind;
        if visitor == Visitor::New && kind != AgentKind::Browser {
            let may_submit = kind == AgentKind::Forms || self.forms_work.load(Ordering::Relaxed);
            let session = Session::default();
            let (visit, end) = self.over_http(errand, known.clone(), session, may_submit).await;
            if end != Some(Answered::WantsBrowser) || kind == AgentKind::Forms {
                return visit.by(kind);
            }
        }
        if kind == AgentKind::Forms {
            return Visit::blocked(Blocked::Browser("there is none".to_owned()));
        }
        let _alone = self.door.write().await;
        self.in_browser(errand, known, Session::default()).await.by(kind)
    }

    /// Shows the address in a frame of another origin's page, in the real browser.
    ///
    /// # Errors
    /// When nothing can be said of it, as without a browser.
    pub async fn frame(&self, url: &str) -> Result<Framed, Blocked> {
        let _alone = self.door.write().await;
        let mut window = self.browser.lock().await;
        self.open(&mut window).await?.browser.frame(url).await
    }

    /// Over HTTP as far as that goes, then in the browser, from the start again.
    async fn hybrid(&self, errand: &Errand, known: Known, session: Session) -> Visit {
        let may_submit = self.forms_work.load(Ordering::Relaxed);
        let (visit, end) = self.over_http(errand, known.clone(), session.clone(), may_submit).await;
        let came_back = matches!(visit.landing, Ok(Landing::Callback(_)));
        let answered_forms = end == Some(Answered::Forms);
        if end != Some(Answered::WantsBrowser) && (came_back || !(errand.teaches && answered_forms))
        {
            return visit.by(AgentKind::Hybrid);
        }
        let mut seen = self.in_browser(errand, known, session).await;
        if errand.teaches && answered_forms && matches!(seen.landing, Ok(Landing::Callback(_))) {
            // What the browser can do and the plain form could not is left to the browser.
            self.forms_work.store(false, Ordering::Relaxed);
        }
        let mut exchanges = visit.exchanges;
        exchanges.append(&mut seen.exchanges);
        Visit { exchanges, ..seen }.by(AgentKind::Hybrid)
    }

    async fn over_http(
        &self,
        errand: &Errand,
        known: Known,
        session: Session,
        may_submit: bool,
    ) -> (Visit, Option<Answered>) {
        let mut journey = Journey {
            http: &self.means.http,
            script: &self.means.script,
            errand,
            origins: known.origins,
            pages: known.pages,
            session,
            may_submit,
            exchanges: Vec::new(),
            page: None,
            acted: Vec::new(),
            signed_in: false,
            asked: BTreeSet::new(),
        };
        let mut answered = None;
        let landing = match journey.travel().await {
            End::Landed(landing) => Ok(landing),
            End::Blocked(why) => Err(why),
            End::WantsBrowser(why) => {
                answered = Some(Answered::WantsBrowser);
                Err(Blocked::Login(format!("{why}, which plain HTTP cannot answer")))
            }
        };
        if answered.is_none() && !journey.acted.is_empty() {
            answered = Some(Answered::Forms);
        }
        self.logins.fetch_add(usize::from(journey.signed_in), Ordering::Relaxed);
        let Journey { origins, pages, session, exchanges, page, asked, .. } = journey;
        self.learn(errand, &landing, origins, pages, || session);
        let (agent, screenshot, referers) = (AgentKind::Forms, None, None);
        (Visit { exchanges, landing, agent, screenshot, page, asked, referers }, answered)
    }

    async fn in_browser(&self, errand: &Errand, known: Known, session: Session) -> Visit {
        let mut window = self.browser.lock().await;
        let Window { browser, callback } = match self.open(&mut window).await {
            Ok(window) => window,
            Err(why) => return Visit::blocked(why),
        };
        let Known { mut origins, mut pages, .. } = known;
        let guide = Guide {
            script: &self.means.script,
            session: &session.cookies(),
            callback,
            known_pages: &mut pages,
            server: &mut origins,
        };
        let visit = browser.visit(errand, guide).await;
        if errand.is_valid
            && errand.visitor.is_none()
            && matches!(visit.landing, Ok(Landing::Callback(_)))
        {
            match browser.cookies().await {
                Ok(cookies) => {
                    let session = || Session::from_cookies(&cookies);
                    if self.learn(errand, &visit.landing, origins, pages, session) {
                        self.logins.fetch_add(1, Ordering::Relaxed);
                        self.browser_logins.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(why) => return Visit { landing: Err(why), ..visit },
            }
        }
        visit
    }

    /// Keeps what an unchanged flow has taught, and the session that a valid request was answered
    /// in; says whether it is a user's first one.
    ///
    /// A server may have ended the session that was known, as some do when a code is used twice.
    fn learn(
        &self,
        errand: &Errand,
        landing: &Result<Landing, Blocked>,
        origins: Origins,
        pages: BTreeSet<String>,
        session: impl FnOnce() -> Session,
    ) -> bool {
        if !errand.is_valid
            || errand.visitor.is_some()
            || !matches!(landing, Ok(Landing::Callback(_)))
        {
            return false;
        }
        let mut known = self.known();
        if errand.teaches {
            known.origins = origins;
            known.pages = pages;
        }
        known.sessions.insert(errand.user.name.clone(), session()).is_none()
    }

    async fn open<'a>(&self, window: &'a mut Option<Window>) -> Result<&'a mut Window, Blocked> {
        if window.is_none() {
            let callback = Callback::listen(&self.means.redirect_uris).await;
            let callback = callback.map_err(|error| Blocked::Browser(error.to_string()))?;
            let browser = Browser::start(&self.means.browser).await?;
            *window = Some(Window { browser, callback });
        }
        window.as_mut().ok_or_else(|| Blocked::Browser("it is gone".to_owned()))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a visit over HTTP came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// It sent forms on the way.
    Forms,
    /// It met a page that it could not answer.
    WantsBrowser,
}

impl Visit {
    fn by(self, agent: AgentKind) -> Self {
        Self { agent, ..self }
    }

    fn blocked(why: Blocked) -> Self {
        let (exchanges, agent) = (Vec::new(), AgentKind::Browser);
        let (screenshot, page, asked, referers) = (None, None, BTreeSet::new(), None);
        Self { exchanges, landing: Err(why), agent, screenshot, page, asked, referers }
    }
}
