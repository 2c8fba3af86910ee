//! `results.json`: the results of a run, for programs.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::format_version::FormatVersion;
use super::part::Part;
use super::user_files::UserFiles;
use crate::agent::AgentKind;
use crate::oauth::{Cite, Level};
use crate::run::Verdict;

/// The results of a run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec results")]
pub struct Results {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The program that made the run.
    pub tool: Tool,
    /// The server under test.
    pub target: Tested,
    /// The time when the run ended (RFC3339).
    pub at: String,
    /// The id of the run, which its evidence files have too.
    pub run: String,
    /// The duration of the run, in milliseconds.
    pub duration_ms: u64,
    /// Whether the run is complete: false if filters selected some cases of the ruleset, the
    /// server was not found, or the run was interrupted. Cases that were then not run are inconclusive.
    pub whole: bool,
    /// The part of a partitioned run; none for any other run.
    #[serde(default)]
    pub partition: Option<Part>,
    /// The ruleset.
    pub ruleset: String,
    /// Whether warnings fail the run.
    #[serde(default)]
    pub strict: bool,
    /// How often the run waited because the server asked for it (429 or 503 with `Retry-After`).
    pub waits: usize,
    /// The number of cases by verdict, with all six verdicts.
    pub summary: BTreeMap<Verdict, usize>,
    /// Known deviations that no longer occur, each of which fails the run.
    pub stale: Vec<String>,
    /// The cases whose answers differ from their snapshots.
    #[serde(default)]
    pub drifted: Vec<String>,
    /// The cases, in the order of the suites.
    pub cases: Vec<CaseEntry>,
}

/// The program and its version.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Always `authspec`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The authorization server under test.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// Its name in the target file.
    pub name: String,
    /// Its version, if given in the target file.
    pub version: Option<String>,
    /// Its issuer identifier.
    pub issuer: String,
    /// The files that describe it; none for the built-in server.
    #[serde(default)]
    pub files: Option<UserFiles>,
}

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

impl Results {
    /// Reads the results of the last complete run of a target from the evidence folder.
    ///
    /// # Errors
    /// If the file does not exist, or is invalid, or is of another version.
    pub fn read(root: &Path, target: &str) -> Result<Self, String> {
        Self::read_file(&root.join(target).join("results.json"))
    }

    /// The same results, with the cases counted by verdict.
    #[must_use]
    pub fn counted(self) -> Self {
        let count = |verdict| self.cases.iter().filter(|case| case.verdict == verdict).count();
        let summary = Verdict::ALL.iter().map(|verdict| (*verdict, count(*verdict))).collect();
        Self { summary, ..self }
    }

    /// Reads the results of a run from a file.
    ///
    /// # Errors
    /// If the file does not exist, or is invalid, or is of another version.
    pub fn read_file(path: &Path) -> Result<Self, String> {
        let wrong = |why: String| format!("cannot read {}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(unreadable(&text, &error)))
    }
}

/// The name of the program.
pub(super) const NAME: &str = env!("CARGO_PKG_NAME");

/// The error about a text that is not a valid `results.json`.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    let tool = serde_json::from_str::<Value>(text).map(|mut it| it["tool"].take());
    let tool = tool.ok().and_then(|it| serde_json::from_value::<Tool>(it).ok());
    let what = match tool.filter(|tool| tool.name == NAME) {
        Some(Tool { version, .. }) => format!("it was written by authspec {version}"),
        None => "it does not contain authspec results".to_owned(),
    };
    format!("{what} ({error}); run all cases of the target again")
}
