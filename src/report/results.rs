//! `results.json`: what a run found, for programs.

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

/// A run and all that it found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec results")]
pub struct Results {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// What made the run.
    pub tool: Tool,
    /// What was tested.
    pub target: Tested,
    /// When the run ended (RFC3339).
    pub at: String,
    /// Which run it was; the evidence files of the same run say so too.
    pub run: String,
    /// For how many milliseconds cases were tried.
    pub duration_ms: u64,
    /// Whether every case under the ruleset had its turn; not so where a filter chose some, the
    /// server was not found, or the run was interrupted: what was not tried then is inconclusive.
    pub whole: bool,
    /// Which part of a run it is; none where it is no part.
    #[serde(default)]
    pub partition: Option<Part>,
    /// Which specifications were in force.
    pub ruleset: String,
    /// Whether warnings fail the run too.
    #[serde(default)]
    pub strict: bool,
    /// How often the server was waited for because it asked (429 or 503 with `Retry-After`).
    pub waits: usize,
    /// How many cases got which verdict; all six are there.
    pub summary: BTreeMap<Verdict, usize>,
    /// Known deviations that no longer deviate: each fails the run.
    pub stale: Vec<String>,
    /// Cases whose answers differ from the snapshots that the run was compared with.
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
    /// Its version, where the target file says so.
    pub version: Option<String>,
    /// Its issuer identifier.
    pub issuer: String,
    /// The files that describe it; none where there are none, as for the embedded server.
    #[serde(default)]
    pub files: Option<UserFiles>,
}

/// A case and its verdict.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CaseEntry {
    /// `suite/case`, with `@client` behind it where each client tries it.
    pub id: String,
    /// The client that acted, by its name in the target file.
    pub client: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// The sections that ask for it.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Cite>,
    /// Who visited the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Why it was not judged, why the deviation is known, or why one from a MUST is a warning.
    pub reason: Option<String>,
    /// Why it was begun anew: its browser was lost on the way.
    #[serde(default)]
    pub retried: Option<String>,
    /// How many rounds of a race were run as this client, where none was lost.
    #[serde(default)]
    pub rounds: Option<usize>,
    /// Whether one run may find what another does not: a race, or a deviation that `known.toml` says is
    /// seen sometimes.
    #[serde(default)]
    pub sometimes: bool,
    /// The case in whose answers an invariant was first broken; none where that was in a valid flow.
    #[serde(default)]
    pub broken_in: Option<String>,
    /// What is broken.
    pub findings: Vec<FindingEntry>,
}

/// One broken requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingEntry {
    /// The section.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// How strong its word is.
    pub level: Level,
    /// The step at which it was seen.
    pub step: String,
    /// The request in short.
    pub sent: String,
    /// What must be seen.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// A command that sends the request again.
    pub reproduce: Option<String>,
}

impl Results {
    /// Reads what the last whole run of a target found, in the folder of the evidence files.
    ///
    /// # Errors
    /// When there is no such file, or it is none of ours, or of another version.
    pub fn read(root: &Path, target: &str) -> Result<Self, String> {
        Self::read_file(&root.join(target).join("results.json"))
    }

    /// The same, with its cases counted by verdict.
    #[must_use]
    pub fn counted(self) -> Self {
        let count = |verdict| self.cases.iter().filter(|case| case.verdict == verdict).count();
        let summary = Verdict::ALL.iter().map(|verdict| (*verdict, count(*verdict))).collect();
        Self { summary, ..self }
    }

    /// Reads what a run found.
    ///
    /// # Errors
    /// As above.
    pub fn read_file(path: &Path) -> Result<Self, String> {
        let wrong = |why: String| format!("cannot read {}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(unreadable(&text, &error)))
    }
}

/// What the program is called.
pub(super) const NAME: &str = env!("CARGO_PKG_NAME");

/// What is wrong with a text that is no `results.json`, and what would be right.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    let tool = serde_json::from_str::<Value>(text).map(|mut it| it["tool"].take());
    let tool = tool.ok().and_then(|it| serde_json::from_value::<Tool>(it).ok());
    let what = match tool.filter(|tool| tool.name == NAME) {
        Some(Tool { version, .. }) => format!("another authspec wrote it, of version {version}"),
        None => "it holds no results of authspec".to_owned(),
    };
    format!("{what} ({error}); run all cases of the target again")
}
