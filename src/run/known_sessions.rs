//! The sessions that a run has seen.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::oauth::jwt;
use crate::oauth::names::SID;

/// The sessions that ID tokens of this run have named, each with the attempt that it belongs to: a
/// logout token may arrive when the next case has begun.
#[derive(Debug, Default)]
pub(super) struct KnownSessions {
    attempts: AtomicU64,
    by_sid: Mutex<HashMap<String, u64>>,
    /// The URIs of clients that were last waited for in vain, so that there is no need to wait as long
    /// again.
    untold: Mutex<HashSet<String>>,
}

impl KnownSessions {
    /// The number of a new attempt.
    pub(super) fn begin(&self) -> u64 {
        self.attempts.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the client with this URI was last told nothing.
    pub(super) fn is_untold(&self, uri: &str) -> bool {
        self.untold().contains(uri)
    }

    /// Notes whether the client with this URI was told something.
    pub(super) fn note_told(&self, uri: &str, is_told: bool) {
        match is_told {
            true => self.untold().remove(uri),
            false => self.untold().insert(uri.to_owned()),
        };
    }

    fn untold(&self) -> MutexGuard<'_, HashSet<String>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the token is about a session of another attempt.
    pub(super) fn is_of_another(&self, token: &str, attempt: u64) -> bool {
        sid(token).is_some_and(|sid| self.is_another(&sid, attempt))
    }

    /// Whether this session belongs to another attempt.
    pub(super) fn is_another(&self, sid: &str, attempt: u64) -> bool {
        let known = self.by_sid.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(sid).is_some_and(|owner| *owner != attempt)
    }

    /// Notes that the session of this ID token belongs to the attempt.
    pub(super) fn note(&self, id_token: &str, attempt: u64) {
        if let Some(sid) = sid(id_token) {
            let mut known = self.by_sid.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(sid).or_insert(attempt);
        }
    }
}

fn sid(token: &str) -> Option<String> {
    jwt::parts(token)?.1.get(SID)?.as_str().map(str::to_owned)
}
