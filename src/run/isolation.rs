//! Keeps cases apart if one could invalidate what the server gave to another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::target::Client;
use crate::wire::Phase;

/// What cases hold while they are tried.
#[derive(Debug, Default)]
pub(super) struct Isolation {
    /// Held exclusively by cases that may make a server revoke everything the user was given through
    /// any client: something is used twice, or revoked. All other cases share it.
    all: Arc<RwLock<()>>,
    /// One per client, held while a case acts as it. A server may revoke everything a client was
    /// given when a code is used twice, so that two cases of one client would affect each other.
    turns: BTreeMap<String, Arc<tokio::sync::Mutex<()>>>,
}

impl Isolation {
    /// Keeps the cases of these clients apart.
    pub(super) fn of(clients: &[Client]) -> Self {
        let turns = clients.iter().map(|client| (client.name.clone(), Default::default()));
        Self { turns: turns.collect(), ..Self::default() }
    }

    /// Waits until no other case acts as any of the clients, and none is in progress that could revoke
    /// what is issued now, or that could lose what it has.
    pub(super) async fn turn(&self, voids: bool, clients: [Option<&Client>; 2]) -> Turn<'_> {
        // Always in the same order, so that no two cases wait for each other.
        let names: BTreeSet<_> = clients.into_iter().flatten().map(|it| it.name.clone()).collect();
        let held = Mutex::new(Some(self.hold(voids, &names).await));
        Turn { isolation: self, voids, names, held }
    }

    async fn hold(&self, voids: bool, names: &BTreeSet<String>) -> Held {
        let _waiting = Phase::Turn.enter();
        let all = Arc::clone(&self.all);
        let among_all = match voids {
            true => AmongAll::Alone { _guard: all.write_owned().await },
            false => AmongAll::Together { _guard: all.read_owned().await },
        };
        let mut turns = Vec::new();
        for turn in names.iter().filter_map(|name| self.turns.get(name)) {
            turns.push(Arc::clone(turn).lock_owned().await);
        }
        Held { _turns: turns, _among_all: among_all }
    }
}

/// The turn of a case, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    isolation: &'a Isolation,
    voids: bool,
    names: BTreeSet<String>,
    held: Mutex<Option<Held>>,
}

impl Turn<'_> {
    /// Lets other cases have their turns for this long, and waits for another turn.
    pub(super) async fn step_aside(&self, pause: Duration) {
        self.set(None);
        let waiting = Phase::Pause.enter();
        tokio::time::sleep(pause).await;
        drop(waiting);
        let held = self.isolation.hold(self.voids, &self.names).await;
        self.set(Some(held));
    }

    fn set(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

#[derive(Debug)]
struct Held {
    _turns: Vec<OwnedMutexGuard<()>>,
    _among_all: AmongAll,
}

#[derive(Debug)]
enum AmongAll {
    Alone { _guard: OwnedRwLockWriteGuard<()> },
    Together { _guard: OwnedRwLockReadGuard<()> },
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, timeout};

    #[tokio::test(start_paused = true)]
    async fn others_have_their_turn_during_a_pause_and_not_before() {
        let isolation = Isolation::default();
        let turn = isolation.turn(true, [None, None]).await;
        let long = Duration::from_secs(2);
        assert!(timeout(long, isolation.turn(false, [None, None])).await.is_err());
        let begin = Instant::now();
        let other = async {
            let held = isolation.turn(false, [None, None]).await;
            tokio::time::sleep(long * 2).await;
            drop(held);
        };
        tokio::join!(turn.step_aside(long), other);
        // The case goes on when the other has ended.
        assert_eq!(begin.elapsed(), long * 2);
        assert!(timeout(long, isolation.turn(false, [None, None])).await.is_err());
    }
}
