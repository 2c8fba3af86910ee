//! Ctrl-C: the first one ends a run in good order, the second one at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::agent::{Agent, kill_all};

/// What a shell says of a program that was interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// What is said of a case that was not tried for that reason.
pub(super) const NOT_TRIED: &str = "the run was interrupted before it was tried";

/// How long what is under way may take to end.
pub(super) const BRIEFLY: Duration = Duration::from_millis(500);

/// Whether the user has had enough.
#[derive(Clone)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on for the signals of users, terminals that are closed, and CI systems. The second of them ends the process on the spot:
    /// whatever it has started then ends by itself.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(super) fn listen() -> io::Result<Self> {
        let is_second = Arc::new(AtomicBool::new(false));
        for kind in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            // In this order, so that the first signal is not taken for the second.
            flag::register_conditional_shutdown(kind, INTERRUPTED.into(), Arc::clone(&is_second))?;
            flag::register(kind, Arc::clone(&is_second))?;
        }
        let (mut int, mut term) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (mut hangup, mut quit) = (signal(SignalKind::hangup())?, signal(SignalKind::quit())?);
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
                _ = hangup.recv() => {}
                _ = quit.recv() => {}
            }
            sender.send_replace(true);
        });
        Ok(Self(receiver))
    }

    /// What comes of it; nothing where the user has enough before.
    pub(super) async fn or<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        let mut receiver = self.0.clone();
        tokio::select! {
            biased;
            _ = receiver.wait_for(|has_enough| *has_enough) => None,
            done = doing => Some(done),
        }
    }
}

/// Closes the browser, which is not waited for any longer than that.
pub(super) async fn hurry(agent: &Agent) {
    let _ = timeout(BRIEFLY, agent.stop()).await;
    // Waiting for processes to go blocks for some milliseconds.
    let _ = tokio::task::spawn_blocking(kill_all).await;
}
