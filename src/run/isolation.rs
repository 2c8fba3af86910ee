//! Keeping cases apart of which one may cost the other what the server gave it.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Passed alone by what a server may take for a reason to void all that the user was given, by
/// whichever client: something is used twice, or revoked. Passed together by all else.
#[derive(Debug, Default)]
pub(super) struct Isolation(RwLock<()>);

/// What is held as long as a case is tried.
#[derive(Debug)]
pub(super) enum IsolationGuard<'a> {
    Alone { _guard: RwLockWriteGuard<'a, ()> },
    Together { _guard: RwLockReadGuard<'a, ()> },
}

impl Isolation {
    /// Waits until nobody is under way who could void what is given now, or could lose by it what they
    /// have.
    pub(super) async fn pass(&self, voids: bool) -> IsolationGuard<'_> {
        match voids {
            true => IsolationGuard::Alone { _guard: self.0.write().await },
            false => IsolationGuard::Together { _guard: self.0.read().await },
        }
    }
}
