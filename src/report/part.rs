//! What the results of a part of a run say besides, so that parts can be joined exactly.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::Verdict;

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
