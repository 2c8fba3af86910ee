//! The sessions of a case that ends them: no other case uses them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::agent::Session;

/// The session of each user in one attempt of a case.
#[derive(Default)]
pub(super) struct OwnSessions(Mutex<BTreeMap<String, Session>>);

impl OwnSessions {
    /// The session of this user so far, or an empty one.
    pub(super) fn of(&self, user: &str) -> Session {
        self.sessions().get(user).cloned().unwrap_or_default()
    }

    /// Keeps what a visit left of it.
    pub(super) fn keep(&self, user: &str, session: Option<Session>) {
        self.sessions().extend(session.map(|session| (user.to_owned(), session)));
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
