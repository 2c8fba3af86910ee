//! The user agent: a browser, an HTTP client that fills in forms, or both; one or several in
//! parallel.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::agent_state::AgentState;
use super::attempts::Attempts;
use super::browser_options::BrowserOptions;
use super::browser_slot::BrowserSlot;
use super::continuation::Continuations;
use super::final_pages::FinalPages;
use super::http_reach::HttpReach;
use super::origins::Origins;
use super::settled_pages::SettledPages;
use super::visit::AgentKind;
use crate::suite::Asked;
use crate::target::LoginRule;
use crate::wire::Http;

/// The resources of an agent.
pub struct AgentResources {
    /// The kind of agent.
    pub kind: AgentKind,
    /// The HTTP client of the run.
    pub http: Arc<Http>,
    /// How to sign in on pages that are not recognized automatically.
    pub script: Vec<LoginRule>,
    /// The server's own origins.
    pub origins: Origins,
    /// Which browser to use, if any.
    pub browser: BrowserOptions,
    /// How many browsers visit in parallel, at least one.
    pub browsers: usize,
    /// The redirect URIs of all clients, which are listened on while the browser visits.
    pub redirect_uris: Vec<String>,
}

/// The user agent of a run, which knows the server's pages and the sessions of its users.
pub struct Agent {
    pub(super) resources: AgentResources,
    known: Mutex<Known>,
    /// Whether pages may be answered without a browser, which is assumed until it fails once.
    pub(super) forms_work: AtomicBool,
    /// What was asked for on pages whose plain forms have led to the client. A script may do otherwise on others.
    forms_proven: Mutex<BTreeSet<Asked>>,
    /// What valid visits over HTTP came to.
    pub(super) http_reach: HttpReach,
    /// Whether a browser is started only for what plain HTTP cannot do, including the first
    /// sign-in.
    pub(super) spares_browser: bool,
    /// What has failed too often to be tried again.
    pub(super) attempts: Attempts,
    /// Pages that go on in a way that needs no browser.
    pub(super) continuations: Continuations,
    /// Error pages whose scripts are known to do nothing.
    pub(super) final_pages: FinalPages,
    /// Pages that need not be watched again.
    pub(super) settled: SettledPages,
    pub(super) slots: Vec<BrowserSlot>,
    pub(super) browser_logins: AtomicUsize,
    pub(super) logins: AtomicUsize,
}

/// What unchanged flows have shown.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) origins: Origins,
    /// Signatures of login and consent pages.
    pub(super) pages: BTreeSet<String>,
}

impl Agent {
    /// Creates an agent with these resources. A browser is started when it is first needed.
    pub fn new(resources: AgentResources) -> Self {
        let known = Known { origins: resources.origins.clone(), ..Known::default() };
        Self {
            known: Mutex::new(known),
            forms_work: AtomicBool::new(true),
            forms_proven: Mutex::default(),
            http_reach: HttpReach::default(),
            spares_browser: false,
            attempts: Attempts::default(),
            continuations: Continuations::default(),
            final_pages: FinalPages::default(),
            settled: SettledPages::default(),
            slots: (0..resources.browsers.max(1)).map(BrowserSlot::new).collect(),
            resources,
            browser_logins: AtomicUsize::new(0),
            logins: AtomicUsize::new(0),
        }
    }

    /// Makes the agent sign in over plain HTTP first, and start a browser only if that fails. For a
    /// process that runs a single case, which would spend most of its time on the browser.
    #[must_use]
    pub fn sparing_the_browser(self) -> Self {
        Self { spares_browser: true, ..self }
    }

    /// Continues with what another agent has learnt about the same server. The first browser slot
    /// gets the sessions, since copies of one session cannot sign in at the same time.
    #[must_use]
    pub fn remembering(self, memory: AgentState) -> Self {
        let AgentState { origins, pages, forms_work, sessions } = memory;
        let mut known = self.known();
        known.origins.extend(origins);
        known.pages.extend(pages);
        drop(known);
        self.forms_work.fetch_and(forms_work, Ordering::Relaxed);
        self.slots[0].go_on_with(sessions);
        self
    }

    /// Whether a visit over HTTP reaches the client, as far as valid ones have shown.
    pub(super) fn http_is_enough(&self) -> bool {
        self.forms_work.load(Ordering::Relaxed) && self.http_reach.is_enough()
    }

    /// What the agent has learnt, and the sessions of the first browser slot.
    pub fn memory(&self) -> AgentState {
        let Known { origins, pages } = self.known().clone();
        let forms_work = self.forms_work.load(Ordering::Relaxed);
        AgentState { origins, pages, forms_work, sessions: self.slots[0].cookies() }
    }

    /// The kind of agent.
    pub fn kind(&self) -> AgentKind {
        self.resources.kind
    }

    /// The number of sign-ins, and how many of them were in the browser.
    pub fn logins(&self) -> (usize, usize) {
        (self.logins.load(Ordering::Relaxed), self.browser_logins.load(Ordering::Relaxed))
    }

    /// What there is to say since the last call, as sentences.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = self.continuations.notices();
        notices.extend(self.final_pages.notices());
        notices
    }

    /// Closes the browsers.
    pub async fn stop(&self) {
        for slot in &self.slots {
            slot.stop().await;
        }
    }

    /// What was asked for on pages whose plain forms have led to the client.
    pub(super) fn forms_proven(&self) -> MutexGuard<'_, BTreeSet<Asked>> {
        self.forms_proven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
