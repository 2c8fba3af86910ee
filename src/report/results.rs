//! `results.json`: the results of a run, for programs.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::case_entry::CaseEntry;
use super::format_version::FormatVersion;
use super::modules::ModuleResult;
use super::part::Part;
use super::user_files::UserFiles;
use crate::run::Verdict;
use crate::suite::Module;

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
    /// What each module of the ruleset's certification plans would say; none for other rulesets, and if
    /// filters selected some cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<ModuleResult>,
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

impl Results {
    /// Reads the results of the last complete run of a target from the evidence folder.
    ///
    /// # Errors
    /// If the file does not exist, or is invalid, or is of another version.
    pub fn read(root: &Path, target: &str) -> Result<Self, String> {
        Self::read_file(&root.join(target).join("results.json"))
    }

    /// The same results, with what the modules of certification plans would say.
    #[must_use]
    pub fn with_modules(self, modules: &[Module]) -> Self {
        let module = |module: &Module| ModuleResult::new(module.clone(), &self.cases);
        Self { modules: modules.iter().map(module).collect(), ..self }
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
