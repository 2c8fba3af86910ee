//! What the results of a part of a run say besides, so that parts can be joined exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outcome::Tally;
use super::recorder::summaries;
use crate::run::{CaseResult, Partition, Run, Verdict};

/// Which part of a run it is, and what joining it with the others takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Which part, from 1.
    pub index: u64,
    /// Of how many.
    pub count: u64,
    /// Whether every case of the part had its turn.
    pub complete: bool,
    /// All cases and invariants of the run that it is a part of, in the order of the suites.
    pub order: Vec<String>,
    /// The invariants, which every part watches over in its own answers.
    pub invariants: BTreeMap<String, Watched>,
}

/// What a part has seen of an invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Watched {
    /// The case in whose answers it was first broken; none where that was in a valid flow, which every
    /// part has.
    pub broken_in: Option<String>,
    /// What is to be said where no part has seen such an answer; none where this one has.
    pub unseen: Option<Unseen>,
    /// What the target's `known.toml` has on it that was not seen here.
    pub stale: Vec<String>,
}

/// What is said of an invariant to which no answer was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
}

impl Part {
    /// What these results of a part are. What is stale of invariants is taken out of the tally: another
    /// part may have seen it.
    pub fn new(
        partition: Partition,
        run: &Run,
        order: &[String],
        complete: bool,
        tally: &mut Tally,
        results: &[Arc<CaseResult>],
    ) -> Self {
        let mut invariants = BTreeMap::new();
        for result in results.iter().filter(|result| result.plan.is_invariant()) {
            let of_it = |stale: &String| tally_names(stale, &result.plan.id);
            let stale = tally.stale.extract_if(.., |stale| of_it(stale)).collect();
            let unseen = result.unseen.as_ref().map(|judged| Unseen {
                verdict: judged.verdict,
                reason: judged.reason.as_ref().map(|reason| summaries(&result.names, reason)),
            });
            let watched = Watched { broken_in: result.broken_in.clone(), unseen, stale };
            invariants.insert(result.plan.id.clone(), watched);
        }
        let complete = complete && run.endpoints.is_ok();
        let Partition { index, count } = partition;
        Self { index, count, complete, order: order.to_vec(), invariants }
    }
}

/// Whether what is stale is about this case: it is named, and perhaps its finding behind it.
fn tally_names(stale: &str, id: &str) -> bool {
    stale.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}
