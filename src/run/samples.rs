//! Samples: the same flow unchanged several times, for what can only be seen of several values.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::control;
use super::perform::PerformContext;
use super::values::Values;
use crate::suite::StepKind;

/// How many flows are made besides the one that is judged.
const COUNT: usize = 6;

/// The codes and tokens that flows brought, by the names of their parameters.
type Brought = Vec<(String, String)>;

/// Whose they are: the client's name, and its flow.
type Key = (String, Vec<StepKind>);

/// What was made so far, by client and flow.
#[derive(Default)]
pub(super) struct Samples(Mutex<HashMap<Key, Arc<OnceCell<Brought>>>>);

impl Samples {
    /// What several flows brought; the first to ask makes them.
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
