//! Gives up on what has failed twice in the same way, as each attempt may take a minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::visit::{Landing, VisitRequest};
use crate::oauth::names::CLIENT_ID;
use crate::wire::Blocked;

/// How often something is tried.
const TRIES: usize = 2;

/// Advice if a browser does not start.
const WITHOUT: &str = "given up after two attempts: use `--agent forms` to run without a browser, \
                       or name another WebDriver server with `--webdriver URL`";

/// Advice if pages lead nowhere.
const BY_HAND: &str = "given up after two attempts: check the user's name and password in the \
                       target file, or describe with `[[login]]` what to fill in and what to click";

/// What has failed so far.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<Failures>);

#[derive(Debug, Default)]
struct Failures {
    starts: Vec<String>,
    /// Whether any valid flow has returned to its client.
    has_worked: bool,
    /// The failed valid flows by client, with the last reason.
    visits: BTreeMap<String, (usize, Blocked)>,
}

impl Attempts {
    /// Whether a browser may be started. The error says that it has failed to start too often.
    pub(super) fn may_start(&self) -> Result<(), Blocked> {
        let failures = self.failures();
        match failures.starts.last() {
            Some(why) if failures.starts.len() >= TRIES => {
                Err(Blocked::Browser(format!("{why}; {WITHOUT}")))
            }
            _ => Ok(()),
        }
    }

    /// Records whether a browser has started, or why not.
    pub(super) fn note_start(&self, failed: Option<&Blocked>) {
        let starts = &mut self.failures().starts;
        match failed {
            Some(Blocked::Browser(why)) => starts.push(why.clone()),
            Some(why) => starts.push(why.to_string()),
            None => starts.clear(),
        }
    }

    /// Whether another valid flow may be tried. The error says that those of this client have
    /// failed too often, or those of all clients if none has ever worked.
    pub(super) fn may_visit(&self, visit_request: &VisitRequest) -> Result<(), Blocked> {
        let failures = self.failures();
        if !visit_request.teaches {
            return Ok(());
        }
        let own = failures.visits.get(&client(visit_request));
        let all: usize = failures.visits.values().map(|(times, _)| times).sum();
        let exhausted = own.filter(|(times, _)| *times >= TRIES);
        let first =
            || failures.visits.values().next().filter(|_| all >= TRIES && !failures.has_worked);
        match exhausted.or_else(first) {
            Some((_, Blocked::Login(why))) => Err(Blocked::Login(format!("{why}; {BY_HAND}"))),
            Some((_, why)) => Err(why.clone()),
            None => Ok(()),
        }
    }

    /// Records the result of a visit.
    pub(super) fn note_visit(
        &self,
        visit_request: &VisitRequest,
        landing: &Result<Landing, Blocked>,
    ) {
        if !visit_request.teaches {
            return;
        }
        let mut failures = self.failures();
        match landing {
            Ok(Landing::Callback(_)) => {
                failures.has_worked = true;
                failures.visits.remove(&client(visit_request));
            }
            Err(why @ (Blocked::Login(_) | Blocked::TargetLacks { .. })) => {
                let times =
                    failures.visits.get(&client(visit_request)).map_or(0, |failed| failed.0);
                // The target file does not change before the next attempt.
                let more = if matches!(why, Blocked::Login(_)) { 1 } else { TRIES };
                failures.visits.insert(client(visit_request), (times + more, why.clone()));
            }
            _ => {}
        }
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(visit_request: &VisitRequest) -> String {
    visit_request.request.params().get(CLIENT_ID).unwrap_or_default().to_owned()
}
