//! Evidence files: one case's redacted transcript and verdict.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::write_file;
use super::format_version::FormatVersion;
use super::results::{CaseEntry, FindingEntry};
use crate::agent::AgentKind;
use crate::oauth::{Cite, Level};
use crate::run::Verdict;
use crate::suite::StepKind;

/// A case: what it asks, what was sent and answered, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec evidence")]
pub struct Evidence {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// `suite/case`, with `@client` behind it where each client tries it.
    pub id: String,
    /// Which run it is of, as its `results.json` has it.
    pub run: String,
    /// The client that acted, by its name in the target file.
    pub client: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// Why it was not judged, why the deviation is known, or why one from a MUST is a warning.
    pub reason: Option<String>,
    /// Why it was begun anew: its browser was lost on the way.
    #[serde(default)]
    pub retried: Option<String>,
    /// How many rounds of a race were run as this client, where none was lost.
    #[serde(default)]
    pub rounds: Option<usize>,
    /// The requirements in force that it proves, strongest first.
    pub requirements: Vec<RequirementEntry>,
    /// What is broken.
    pub findings: Vec<FindingEntry>,
    /// Who visited the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Where the case stands, as `file:line`.
    pub case: String,
    /// The file beside this one that shows what the browser was left with.
    pub screenshot: Option<String>,
    /// Why there is none, though the browser has shown something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_screenshot: Option<String>,
    /// What was done, step by step.
    pub steps: Vec<StepEntry>,
}

/// A requirement that a case proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementEntry {
    /// The section that says so.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// How strongly.
    pub level: Level,
    /// What it says.
    pub sentence: String,
    /// Where the section can be read.
    pub url: String,
    /// What an attacker gains, or what breaks for users, where it is not kept.
    pub why: Option<String>,
    /// How the author of a server mends it.
    pub fix: Option<String>,
}

/// A step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepEntry {
    /// Its name in the suite file.
    pub step: String,
    /// What was visited.
    pub visits: StepKind,
    /// Whether the request differed from the valid flow's.
    pub changed: bool,
    /// The parameters and header fields in which it differed, by name.
    pub marks: Vec<String>,
    /// The request in short.
    pub sent: String,
    /// What had to be seen; nothing where the step only leads to the next one.
    pub expected: Option<String>,
    /// What was seen.
    pub seen: String,
    /// Who visited, at the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How it ended.
    pub outcome: OutcomeEntry,
    /// How many of the exchanges, from the first, were sent at once; those after them try what was won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raced: Option<usize>,
    /// All that went over the wire, in order.
    pub exchanges: Vec<ExchangeEntry>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeEntry {
    /// At a registered redirect URI.
    Callback(ResponseEntry),
    /// At, or on the way to, an address that is neither the server's nor registered.
    Elsewhere(ResponseEntry),
    /// On a page of the server's that says no.
    ErrorPage {
        /// Its status; none where the browser could not tell.
        status: Option<u16>,
        /// The error code, where the page is JSON that has one, or its address does.
        error: Option<String>,
        /// What the page says, shortened.
        text: String,
    },
    /// The endpoint answered with this status.
    Status(u16),
    /// Whether a page showed in a frame of another origin.
    Framed(bool),
    /// We could not look, and why.
    Blocked(String),
    /// An earlier step did not yield this, which the step sends.
    NotReached(String),
}

/// What was sent to a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseEntry {
    /// The redirect URI without query and fragment.
    pub uri: String,
    /// Where the parameters stood: `query`, `fragment` or `form_post`.
    pub mode: String,
    /// The parameters, in order.
    pub params: Vec<(String, String)>,
}

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeEntry {
    /// When it was sent, in milliseconds since 1970.
    pub at_ms: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What was sent.
    pub request: RequestEntry,
    /// What came back; none where nothing came.
    pub response: Option<AnswerEntry>,
}

/// A request as it went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestEntry {
    /// The HTTP method.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; empty where there is none.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerEntry {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case; those of one name are joined by commas.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as such, other text shortened, pages by their size.
    pub body: Value,
}

/// The longest text in evidence that is kept in memory where there is no room.
const LONG: usize = 500;

impl Evidence {
    /// How large it is as JSON, in bytes.
    pub fn size(&self) -> usize {
        serde_json::to_string(self).map_or(0, |text| text.len())
    }

    /// Drops what is long in it: its file has that.
    pub fn slim(&mut self) {
        let is_long = |text: &str| text.len() > LONG;
        let drop = |text: &mut String| {
            if is_long(text) {
                *text = format!("({} bytes, see the evidence file)", text.len());
            }
        };
        for step in &mut self.steps {
            [&mut step.sent, &mut step.seen].into_iter().for_each(drop);
            if let OutcomeEntry::Callback(there) | OutcomeEntry::Elsewhere(there) =
                &mut step.outcome
            {
                drop(&mut there.uri);
                there.params.iter_mut().for_each(|(_, value)| drop(value));
            }
        }
        for exchange in self.steps.iter_mut().flat_map(|step| &mut step.exchanges) {
            let request = &mut exchange.request;
            [&mut request.url, &mut request.body].into_iter().for_each(drop);
            request.headers.values_mut().for_each(drop);
            if let Some(answer) = &mut exchange.response {
                answer.headers.values_mut().for_each(drop);
                let mut body = answer.body.to_string();
                if is_long(&body) {
                    drop(&mut body);
                    answer.body = body.into();
                }
            }
        }
    }

    /// The requirement that speaks strongest.
    pub fn requirement(&self) -> Option<&RequirementEntry> {
        self.requirements.first()
    }

    /// Reads the evidence of a case of a target.
    ///
    /// # Errors
    /// When there is no such file, or it is none of ours.
    pub fn read(root: &Path, target: &str, id: &str) -> io::Result<Self> {
        let text = std::fs::read_to_string(evidence_path(root, target, id))?;
        serde_json::from_str(&text).map_err(io::Error::other)
    }
}

/// Writes the evidence of a case of a part of a run as that of the whole run, in another folder, with
/// what stands beside it. Evidence that is gone is left out.
///
/// # Errors
/// When the folder cannot be written.
pub fn move_evidence(
    from: &Path,
    to: &Path,
    target: &str,
    run: &str,
    case: &CaseEntry,
) -> io::Result<()> {
    let Ok(evidence) = Evidence::read(from, target, &case.id) else { return Ok(()) };
    let (verdict, reason) = (case.verdict, case.reason.clone());
    let evidence = Evidence { run: run.to_owned(), verdict, reason, ..evidence };
    let (from, to) = (evidence_path(from, target, &case.id), evidence_path(to, target, &case.id));
    let text = serde_json::to_string_pretty(&evidence).map_err(io::Error::other)?;
    for kind in ["png", "html"] {
        match std::fs::read(from.with_extension(kind)) {
            Ok(content) => write_file(&to.with_extension(kind), &content)?,
            Err(_) => drop(std::fs::remove_file(to.with_extension(kind))),
        }
    }
    write_file(&to, (text + "\n").as_bytes())
}

/// Where the evidence of a case belongs: `<root>/<target>/<suite>/<case>.json`.
pub fn evidence_path(root: &Path, target: &str, id: &str) -> PathBuf {
    root.join(target).join(format!("{id}.json"))
}
