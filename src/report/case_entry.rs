//! A case in `results.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agent::AgentKind;
use crate::oauth::{Cite, Level};
use crate::run::Verdict;

/// A case and its verdict.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CaseEntry {
    /// `suite/case`, with `@client` appended if each client runs it.
    pub id: String,
    /// The name of the client that acted.
    pub client: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// The sections that require it.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Cite>,
    /// The user agent that visited the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Why it is inconclusive, why the deviation is known, or why a broken MUST is only a warning.
    pub reason: Option<String>,
    /// Why it was retried, for example because its browser was lost.
    #[serde(default)]
    pub retried: Option<String>,
    /// How many rounds of a race this client ran, if the server lost none.
    #[serde(default)]
    pub rounds: Option<usize>,
    /// Whether the finding may occur in some runs only: a race, or a deviation marked `sometimes` in
    /// `known.toml`.
    #[serde(default)]
    pub sometimes: bool,
    /// The first case whose answers broke an invariant; none if a valid flow did.
    #[serde(default)]
    pub broken_in: Option<String>,
    /// The findings.
    pub findings: Vec<FindingEntry>,
}

/// One broken requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingEntry {
    /// The section.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// Its level.
    pub level: Level,
    /// The step.
    pub step: String,
    /// The request in short.
    pub sent: String,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// A command that sends the request again.
    pub reproduce: Option<String>,
}
