//! Additional data in the results of a part of a run, for an exact merge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::Verdict;

/// A part of a run, with the data needed to merge it with the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The number of the part, from 1.
    pub index: u64,
    /// The number of parts.
    pub count: u64,
    /// Whether every case of the part was run.
    pub complete: bool,
    /// All cases and invariants of the whole run, in the order of the suites.
    pub order: Vec<String>,
    /// The invariants, which every part checks in its own answers.
    pub invariants: BTreeMap<String, Watched>,
}

/// What a part has seen of an invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Watched {
    /// The first case whose answers broke it; none if a valid flow did, which every part has.
    pub broken_in: Option<String>,
    /// The result if no part has seen a relevant answer; none if this part has.
    pub unseen: Option<Unseen>,
    /// The entries of the target's `known.toml` about it that did not occur here.
    pub stale: Vec<String>,
}

/// The result of an invariant without a relevant answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason.
    pub reason: Option<String>,
}
