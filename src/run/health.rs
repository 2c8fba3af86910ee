//! The health of the server and the valid flows in a run: when to stop, and what to fix.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::control::{Control, ControlOutcome, HINT};
use super::discover::Endpoints;
use super::transcript::{Outcome, Performed, Transcript};
use crate::suite::StepKind;
use crate::target::{Client, Target};
use crate::wire::{Blocked, Http, Sent};

/// After so many unanswered causes in a row, checks whether the server is still up.
const GIVE_UP: usize = 3;

/// The reason for the cases that follow after the server is down.
const GIVEN_UP: &str = "the server stopped answering, or asks to wait";

/// The run stops after so many requests for codes or tokens timed out before any valid flow worked.
const TIMED_OUT: usize = 3;

/// How often in a row a browser may fail in valid flows before it is given up.
const BROWSER_FAILS: usize = 2;

/// Something to read before anything else about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The notice, as a sentence.
    pub text: String,
    /// Whether the target file may need a fix.
    pub is_to_mend: bool,
}

/// What is known so far.
#[derive(Default)]
pub(super) struct Health {
    /// How many causes in a row were not answered.
    silent: AtomicUsize,
    learnt: Mutex<Learned>,
}

#[derive(Default)]
struct Learned {
    /// Why nothing more is tried.
    over: Option<String>,
    /// The clients with a valid flow that worked.
    working: BTreeSet<String>,
    /// Why the valid flow of other clients does not work.
    failing: BTreeMap<String, String>,
    /// How often in a row the browser failed.
    browser: usize,
    /// How many valid flows timed out on the way to their tokens.
    timed_out: usize,
    notices: Vec<Notice>,
}

impl Health {
    fn learnt(&self) -> MutexGuard<'_, Learned> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing more is tried, if so.
    pub(super) fn over(&self, http: &Http) -> Option<String> {
        let over = self.learnt().over.clone();
        over.or_else(|| http.is_out_of_patience().then(|| http.wait_limit_reached()))
    }

    /// The notices since the last call.
    pub(super) fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.learnt().notices)
    }

    /// Stops the run for a reason that is shown.
    pub(super) fn end(&self, why: &str) {
        let mut learnt = self.learnt();
        if learnt.over.is_none() {
            learnt.over = Some(why.to_owned());
            learnt.notices.push(Notice { text: why.to_owned(), is_to_mend: false });
        }
    }

    /// Records how the valid flow of a client went. `hide` redacts a text.
    pub(super) fn look(
        &self,
        client: &Client,
        target: &Target,
        control: &Control,
        hide: impl Fn(&str) -> String,
    ) {
        let (why, is_to_mend) = match &control.outcome {
            ControlOutcome::Works => {
                let mut learnt = self.learnt();
                learnt.browser = 0;
                learnt.working.insert(client.name.clone());
                return;
            }
            ControlOutcome::Refused { why, misconfigured, .. } => (hide(why), *misconfigured),
            ControlOutcome::Blocked { why, .. } => {
                let blocked = control.transcript.blocked().map(|(_, blocked)| blocked);
                let is_browser =
                    matches!(blocked, Some(Blocked::Browser(_) | Blocked::BrowserLost(_)));
                if is_browser && control.is_new {
                    self.browser_failed(&hide(why));
                }
                (hide(why), is_browser || matches!(blocked, Some(Blocked::Login(_))))
            }
        };
        // Other flows may fail because of what their grant or tokens need.
        let is_reached = |step: &&Performed| !matches!(step.outcome, Outcome::NotReached(_));
        let last = control.transcript.steps.iter().rev().find(is_reached).map(|step| step.kind);
        let is_of_code = matches!(last, Some(StepKind::Authorize | StepKind::Token));
        if is_of_code && control.is_new && control.transcript.has_timed_out() {
            self.timed_out(&why);
        }
        let mut learnt = self.learnt();
        if !is_to_mend || !is_of_code || learnt.working.contains(&client.name) {
            return;
        }
        let hint =
            if matches!(control.outcome, ControlOutcome::Refused { .. }) { HINT } else { "" };
        if learnt.failing.insert(client.name.clone(), why.clone()).is_none() {
            let text = format!("the valid flow of the client {} does not work: {why}", client.name);
            learnt.notices.push(Notice { text, is_to_mend });
        }
        let mut clients = target.clients.iter().filter(|client| client.uses_codes()).peekable();
        let all = clients.peek().is_some()
            && clients.all(|client| learnt.failing.contains_key(&client.name));
        if all && learnt.working.is_empty() {
            let text = format!("the valid flow does not work for any client: {why}{hint}");
            learnt.over.get_or_insert(text);
        }
    }

    fn timed_out(&self, why: &str) {
        let mut learnt = self.learnt();
        learnt.timed_out += 1;
        let is_over = learnt.timed_out >= TIMED_OUT && learnt.working.is_empty();
        drop(learnt);
        if is_over {
            self.end(&format!("no valid flow works, as the server does not answer in time: {why}"));
        }
    }

    fn browser_failed(&self, why: &str) {
        let mut learnt = self.learnt();
        learnt.browser += 1;
        let is_over = learnt.browser >= BROWSER_FAILS;
        drop(learnt);
        if is_over {
            let way_out = "run `./setup.sh`, or use `--agent forms` to run without a browser";
            self.end(&format!("the browser failed twice in valid flows, {why}; {way_out}"));
        }
    }

    /// Counts what was not answered, each cause once. After too many in a row, checks whether the
    /// server is still up.
    pub(super) async fn listen(
        &self,
        transcript: &Transcript,
        control: &Control,
        http: &Http,
        ends: &Endpoints,
    ) {
        let is_silent = |transcript: &Transcript| {
            transcript.blocked().is_some_and(|(_, blocked)| blocked.is_network())
        };
        let by_control = is_silent(&control.transcript);
        if by_control && !control.is_new {
            return;
        }
        if !by_control && !is_silent(transcript) {
            self.silent.store(0, Ordering::Relaxed);
            return;
        }
        let silent = self.silent.fetch_add(1, Ordering::Relaxed) + 1;
        if silent.max(http.unanswered()) < GIVE_UP || self.over(http).is_some() {
            return;
        }
        let asks_to_wait = |transcript: &Transcript| {
            matches!(transcript.blocked(), Some((_, Blocked::AsksToWait(..))))
        };
        if !asks_to_wait(transcript)
            && !asks_to_wait(&control.transcript)
            && is_there(http, ends).await
        {
            self.silent.store(0, Ordering::Relaxed);
        } else {
            self.learnt().over.get_or_insert(GIVEN_UP.to_owned());
        }
    }
}

/// Whether anything answers at the metadata or authorization endpoint.
async fn is_there(http: &Http, ends: &Endpoints) -> bool {
    let asked = ends.metadata_url.as_ref().unwrap_or(&ends.authorization);
    let (exchange, _) = http.send(Sent::get(asked)).await;
    exchange.answer.is_some()
}
