//! A browser and the sessions of the users who signed in there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{MutexGuard as Held, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::browser::Browser;
use super::callback::Callback;
use super::cookie::Cookie;
use super::session::Session;
use crate::wire::Phase;

/// A browser, and sessions that no other browser has copies of: copies of one session cannot sign
/// in at the same time.
pub(super) struct BrowserSlot {
    pub(super) number: usize,
    pub(super) cases: AtomicUsize,
    sessions: Mutex<BTreeMap<String, Session>>,
    window: tokio::sync::Mutex<Option<Window>>,
    /// Held exclusively by a visit that answers pages, as that changes the session of all copies;
    /// shared by visits that do not.
    turn: RwLock<()>,
}

/// A browser, and the listener at the redirect URIs that it is sent to.
pub(super) struct Window {
    pub(super) browser: Browser,
    pub(super) callback: Callback,
}

impl BrowserSlot {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            cases: AtomicUsize::new(0),
            sessions: Mutex::default(),
            window: tokio::sync::Mutex::default(),
            turn: RwLock::default(),
        }
    }

    /// How many cases use it.
    pub(super) fn cases(&self) -> usize {
        self.cases.load(Ordering::Relaxed)
    }

    /// Waits until no other visit uses the sessions.
    pub(super) async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        let _waiting = Phase::Slot.enter();
        self.turn.write().await
    }

    /// Waits until no other visit changes the sessions.
    pub(super) async fn together(&self) -> RwLockReadGuard<'_, ()> {
        let _waiting = Phase::Slot.enter();
        self.turn.read().await
    }

    /// Waits until no other visit uses the browser.
    pub(super) async fn window(&self) -> Held<'_, Option<Window>> {
        let _waiting = Phase::Slot.enter();
        self.window.lock().await
    }

    /// Closes the browser.
    pub(super) async fn stop(&self) {
        if let Some(window) = self.window.lock().await.take() {
            window.browser.stop().await;
        }
    }

    /// Uses the cookies of these users.
    pub(super) fn go_on_with(&self, cookies: BTreeMap<String, Vec<Cookie>>) {
        let session = |(user, cookies): (String, Vec<_>)| (user, Session::from_cookies(&cookies));
        self.sessions().extend(cookies.into_iter().map(session));
    }

    /// The cookies of each signed-in user.
    pub(super) fn cookies(&self) -> BTreeMap<String, Vec<Cookie>> {
        self.sessions().iter().map(|(user, session)| (user.clone(), session.cookies())).collect()
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
