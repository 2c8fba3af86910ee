//! Ctrl-C: the first one ends a run gracefully, the second one immediately.

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

/// The exit code that shells use for an interrupted program.
pub(super) const INTERRUPTED: u8 = 130;

/// The reason given for a case that was not run.
pub(super) const NOT_TRIED: &str = "the run was interrupted before this case was run";

/// How long running tasks may take to end.
pub(super) const BRIEFLY: Duration = Duration::from_millis(500);

/// Whether the user has interrupted the run.
#[derive(Clone)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for signals of users, closed terminals and CI systems. The second signal ends the process
    /// immediately; processes that it started then end by themselves.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub(super) fn listen() -> io::Result<Self> {
        let is_second = Arc::new(AtomicBool::new(false));
        for kind in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            // The order matters: the first signal must not be taken for the second.
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

    /// The output of the future, or nothing if the user interrupts first.
    pub(super) async fn or<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        let mut receiver = self.0.clone();
        tokio::select! {
            biased;
            _ = receiver.wait_for(|has_enough| *has_enough) => None,
            done = doing => Some(done),
        }
    }
}

/// Closes the browser, and waits no longer than [`BRIEFLY`] for it.
pub(super) async fn hurry(agent: &Agent) {
    let _ = timeout(BRIEFLY, agent.stop()).await;
    // Waiting for processes to end blocks for some milliseconds.
    let _ = tokio::task::spawn_blocking(kill_all).await;
}
