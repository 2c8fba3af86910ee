//! The sessions that a run has seen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::oauth::jwt;
use crate::oauth::names::SID;

/// The sessions that ID tokens of this run have named, each with the attempt that it belongs to: a
/// logout token may arrive when the next case has begun.
#[derive(Debug, Default)]
pub(super) struct KnownSessions {
    attempts: AtomicU64,
    by_sid: Mutex<HashMap<String, u64>>,
    /// Whether a client was waited for in vain, so that there is no need to wait as long again.
    is_silent: AtomicBool,
}

impl KnownSessions {
    /// The number of a new attempt.
    pub(super) fn begin(&self) -> u64 {
        self.attempts.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the last client that was waited for was told nothing.
    pub(super) fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// Notes whether a client was told nothing.
    pub(super) fn note_silence(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::Relaxed);
    }

    /// Whether the token is about a session of another attempt.
    pub(super) fn is_of_another(&self, token: &str, attempt: u64) -> bool {
        let known = self.by_sid.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = sid(token).and_then(|sid| known.get(&sid).copied());
        owner.is_some_and(|owner| owner != attempt)
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
