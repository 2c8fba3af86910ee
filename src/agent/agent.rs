//! Who visits: a browser, an HTTP client that fills in forms, or both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::errand::{AgentKind, Errand, Landing, Visit};
use super::journey::{End, Journey};
use super::origins::Origins;
use super::session::Session;
use crate::target::LoginRule;
use crate::wire::{Blocked, Http};

/// The user agent of a run, which knows the sessions of its users.
pub struct Agent {
    kind: AgentKind,
    http: Arc<Http>,
    script: Vec<LoginRule>,
    known: Mutex<Known>,
    /// Whether pages may be answered without a browser: they may until one could not.
    forms_work: AtomicBool,
    logins: AtomicUsize,
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
    /// An agent for a server whose own addresses are these.
    pub fn new(kind: AgentKind, http: Arc<Http>, script: Vec<LoginRule>, origins: Origins) -> Self {
        Self {
            kind,
            http,
            script,
            known: Mutex::new(Known { origins, ..Known::default() }),
            forms_work: AtomicBool::new(true),
            logins: AtomicUsize::new(0),
        }
    }

    /// Visits the authorization endpoint on a copy of the user's session.
    pub async fn visit(&self, errand: &Errand) -> Visit {
        let known = self.known().clone();
        let session = known.sessions.get(&errand.user.name).cloned().unwrap_or_default();
        self.over_http(errand, known, session).await
    }

    /// How often somebody signed in.
    pub fn logins(&self) -> usize {
        self.logins.load(Ordering::Relaxed)
    }

    async fn over_http(&self, errand: &Errand, known: Known, session: Session) -> Visit {
        let mut journey = Journey {
            http: &self.http,
            script: &self.script,
            errand,
            origins: known.origins,
            pages: known.pages,
            session,
            may_submit: self.forms_work.load(Ordering::Relaxed),
            exchanges: Vec::new(),
            page: None,
            acted: Vec::new(),
        };
        let landing = match journey.travel().await {
            End::Landed(landing) => Ok(landing),
            End::Blocked(why) => Err(why),
            End::WantsBrowser(why) => Err(Blocked::Login(format!("{why} wants a browser"))),
        };
        if errand.teaches && matches!(landing, Ok(Landing::Callback(_))) {
            let mut known = self.known();
            known.origins = journey.origins;
            known.pages = journey.pages;
            known.sessions.insert(errand.user.name.clone(), journey.session);
        }
        let (exchanges, page) = (journey.exchanges, journey.page);
        Visit { exchanges, landing, agent: self.kind, screenshot: None, page }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
