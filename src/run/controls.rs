//! The controls of a run: each unchanged flow once, and its visit in every browser.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::control::{self, Control, ControlOutcome};
use super::memory_budget::MemoryBudget;
use super::perform::PerformContext;
use super::values::Values;
use crate::suite::StepKind;
use crate::wire::{Blocked, Phase};

/// The results of the unchanged flows so far. Cases of one client take turns, and so do callers
/// here.
#[derive(Default)]
pub(super) struct Controls {
    /// By client, the client that introspects its tokens, and flow.
    made: Mutex<HashMap<Key, Place>>,
    /// By client, a valid flow that stopped before its code was issued, and how many did.
    stuck: Mutex<HashMap<String, (usize, Control)>>,
    /// The browser slot, client and step of each visit that was granted.
    settled: Mutex<BTreeSet<(usize, String, StepKind)>>,
    /// How much of the answers may still be kept.
    memory: MemoryBudget,
}

/// What identifies an unchanged flow.
type Key = (String, Option<String>, Vec<StepKind>);

/// Where the unchanged flow of a client is kept after it was run.
type Place = Arc<tokio::sync::Mutex<Option<Made>>>;

/// An unchanged flow, and how often it was run.
struct Made {
    control: Control,
    runs: usize,
}

impl Made {
    /// Whether it is not run again.
    fn is_done(&self) -> bool {
        let most = if self.control.transcript.has_timed_out() { LONG_RUNS } else { RUNS };
        !self.control.may_work_later() || self.runs >= most
    }
}

/// How often an unchanged flow is run if the server fails each time.
const RUNS: usize = 3;

/// How often if the server does not answer in time, which is slow to detect.
const LONG_RUNS: usize = 2;

/// How many flows of a client are tried that stop at sign-in.
const STOPS: usize = 2;

impl Controls {
    /// The unchanged flow of a client, which the first caller runs.
    ///
    /// In a browser that has not visited yet, its visit is repeated: the user's consent may belong
    /// to a session, of which each browser has its own, and a case must find the session as the
    /// control left it.
    pub(super) async fn of(
        &self,
        flow: Vec<StepKind>,
        values: Values,
        context: &PerformContext<'_>,
    ) -> Control {
        // A session that a logout ends settles nothing for other flows.
        let has_own_session = flow.iter().any(|kind| kind.has_own_session());
        let visit = flow.iter().copied().find(|kind| kind.is_visit() && !has_own_session);
        let place = visit.map(|kind| (context.slot.number(), values.client.name.clone(), kind));
        let (cell, anew) = (self.cell(&values, &flow), values.anew());
        let waiting = Phase::Turn.enter();
        let mut made = cell.lock().await;
        drop(waiting);
        let is_done = |made: &Made| made.is_done() || context.is_over();
        if !made.as_ref().is_some_and(is_done) {
            if let Some(stuck) = self.is_stuck(&values) {
                return stuck;
            }
            let runs = made.as_ref().map_or(0, |made| made.runs) + 1;
            let mut control = Box::pin(control::run(context, &flow, values)).await;
            control.look_at_method(context).await;
            self.memory.keep_flow(&mut control.transcript);
            self.stops(&control);
            *made = Some(Made { control: control.clone(), runs });
            self.settled().extend(place);
            return control;
        }
        let Some(Made { control, .. }) = made.as_ref() else { unreachable!("it was run") };
        // The first caller has reported it already.
        let mut control = Control { is_new: false, ..control.clone() };
        drop(made);
        control.transcript.retried = None;
        let Some(place) = place.filter(|place| !self.settled().contains(place)) else {
            return control;
        };
        if control.outcome == ControlOutcome::Works {
            let there = control::run(context, &[place.2], anew).await;
            if there.outcome != ControlOutcome::Works {
                return there;
            }
            control.transcript.retried = there.transcript.retried;
            self.settled().insert(place);
        }
        control
    }

    /// Runs the unchanged flow once more, to see whether it still works.
    pub(super) async fn again(
        &self,
        flow: &[StepKind],
        values: Values,
        context: &PerformContext<'_>,
    ) -> Control {
        Box::pin(control::run(context, flow, values)).await
    }

    /// The result for a client's other flows after some failed at sign-in.
    fn is_stuck(&self, values: &Values) -> Option<Control> {
        let stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, control) = stuck.get(&values.client.name)?;
        (*count >= STOPS).then(|| Control { is_new: false, ..control.clone() })
    }

    /// Counts a flow that stopped at sign-in, which is slow to fail. One that works resets the
    /// count.
    fn stops(&self, control: &Control) {
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        let client = &control.values.client.name;
        match control.transcript.blocked() {
            Some((_, Blocked::Login(_) | Blocked::Browser(_))) => {
                stuck.entry(client.clone()).or_insert((0, control.clone())).0 += 1;
            }
            _ => {
                stuck.remove(client);
            }
        }
    }

    fn cell(&self, values: &Values, flow: &[StepKind]) -> Place {
        let introspector = values.introspector.as_ref().map(|client| client.name.clone());
        let key = (values.client.name.clone(), introspector, flow.to_vec());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(made.entry(key).or_default())
    }

    fn settled(&self) -> MutexGuard<'_, BTreeSet<(usize, String, StepKind)>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
