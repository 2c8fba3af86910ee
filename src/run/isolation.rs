//! Keeps cases apart if one could invalidate what the server gave to another.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::wire::Phase;

/// Held exclusively by cases that may make a server revoke everything the user was given through
/// any client: something is used twice, or revoked. All other cases share it.
#[derive(Debug, Default)]
pub(super) struct Isolation(RwLock<()>);

/// Held while a case is tried.
#[derive(Debug)]
pub(super) enum IsolationGuard<'a> {
    Alone { _guard: RwLockWriteGuard<'a, ()> },
    Together { _guard: RwLockReadGuard<'a, ()> },
}

impl Isolation {
    /// Waits until no case is in progress that could revoke what is issued now, or that could lose
    /// what it has.
    pub(super) async fn pass(&self, voids: bool) -> IsolationGuard<'_> {
        let _waiting = Phase::Turn.enter();
        match voids {
            true => IsolationGuard::Alone { _guard: self.0.write().await },
            false => IsolationGuard::Together { _guard: self.0.read().await },
        }
    }
}
