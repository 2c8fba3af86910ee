//! The controls of a run: each unchanged flow once, and its visit in every browser.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::control::{self, Control, Standing};
use super::perform::Stage;
use super::values::Values;
use crate::suite::StepKind;

/// What the unchanged flows have come to so far. The cases of one client take turns, and so do those
/// who ask here.
#[derive(Default)]
pub(super) struct Controls {
    /// By client and flow.
    made: Mutex<HashMap<(String, Vec<StepKind>), Once>>,
    /// In which seat which client's valid request was granted.
    settled: Mutex<BTreeSet<(usize, String, StepKind)>>,
}

type Once = Arc<OnceCell<Control>>;

impl Controls {
    /// The unchanged flow of a client, which the first to ask runs.
    ///
    /// In a browser that has not seen it, its visit is made there too: what the user has consented to
    /// may belong to a session, of which each browser has its own, and a case must find the session
    /// as the control has left it.
    pub(super) async fn of(
        &self,
        flow: Vec<StepKind>,
        values: Values,
        stage: &Stage<'_>,
    ) -> Control {
        let visit = flow.iter().copied().find(|kind| kind.is_visit());
        let place = visit.map(|kind| (stage.seat.number(), values.client.name.clone(), kind));
        let (cell, anew) = (self.cell(&values, &flow), values.anew());
        let is_new = AtomicBool::new(false);
        let make = async {
            is_new.store(true, Ordering::Relaxed);
            Box::pin(control::run(stage, &flow, values)).await
        };
        let mut control = cell.get_or_init(|| make).await.clone();
        if is_new.into_inner() {
            self.settled().extend(place);
            return control;
        }
        // Who asked first has told of it.
        control.transcript.retried = None;
        let Some(place) = place.filter(|place| !self.settled().contains(place)) else {
            return control;
        };
        if control.standing == Standing::Works {
            let there = control::run(stage, &[place.2], anew).await;
            if there.standing != Standing::Works {
                return there;
            }
            control.transcript.retried = there.transcript.retried;
            self.settled().insert(place);
        }
        control
    }

    fn cell(&self, values: &Values, flow: &[StepKind]) -> Once {
        let key = (values.client.name.clone(), flow.to_vec());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(made.entry(key).or_default())
    }

    fn settled(&self) -> MutexGuard<'_, BTreeSet<(usize, String, StepKind)>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
