//! Samples: repeats an unchanged flow for checks that need several values.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::control;
use super::perform::PerformContext;
use super::values::Values;
use crate::suite::StepKind;

/// How many flows are run in addition to the judged one.
const COUNT: usize = 6;

/// The codes and tokens that flows brought, by parameter name.
type Brought = Vec<(String, String)>;

/// The client's name, and its flow.
type Key = (String, Vec<StepKind>);

/// The samples so far, by client and flow.
#[derive(Default)]
pub(super) struct Samples(Mutex<HashMap<Key, Arc<OnceCell<Brought>>>>);

impl Samples {
    /// The samples of several flows, which the first caller runs.
    pub(super) async fn of(
        &self,
        flow: Vec<StepKind>,
        values: &Values,
        context: &PerformContext<'_>,
    ) -> Brought {
        let key = (values.client.name.clone(), flow.clone());
        let cell = {
            let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry(key).or_default())
        };
        let make = async {
            let mut brought = Vec::new();
            for _ in 0..COUNT {
                let control = Box::pin(control::run(context, &flow, values.anew())).await;
                brought.extend(control.values.minted());
            }
            brought
        };
        cell.get_or_init(|| make).await.clone()
    }
}
