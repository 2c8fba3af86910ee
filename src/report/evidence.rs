//! Evidence files: one case's redacted transcript and verdict.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::case_entry::{CaseEntry, FindingEntry};
use super::file::write_file;
use super::format_version::FormatVersion;
use crate::agent::AgentKind;
use crate::oauth::{Cite, Level};
use crate::run::Verdict;
use crate::suite::StepKind;

/// A case: its requirements, its requests and answers, and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec evidence")]
pub struct Evidence {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// `suite/case`, with `@client` appended if each client runs it.
    pub id: String,
    /// The id of the run, as in its `results.json`.
    pub run: String,
    /// The name of the client that acted.
    pub client: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// Why it is inconclusive, why the deviation is known, or why a broken MUST is only a warning.
    pub reason: Option<String>,
    /// Why it was retried, for example because its browser was lost.
    #[serde(default)]
    pub retried: Option<String>,
    /// How many rounds of a race this client ran, if the server lost none.
    #[serde(default)]
    pub rounds: Option<usize>,
    /// The requirements in force that it proves, strongest first.
    pub requirements: Vec<RequirementEntry>,
    /// The findings.
    pub findings: Vec<FindingEntry>,
    /// The user agent that visited the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The location of the case, as `file:line`.
    pub case: String,
    /// The file next to this one that shows the last page in the browser.
    pub screenshot: Option<String>,
    /// Why there is no screenshot, although the browser showed a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_screenshot: Option<String>,
    /// The steps of the case.
    pub steps: Vec<StepEntry>,
}

/// A requirement that a case proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementEntry {
    /// The section.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// Its level.
    pub level: Level,
    /// Its text.
    pub sentence: String,
    /// The URL of the section.
    pub url: String,
    /// What an attacker gains, or what breaks for users, if it is violated.
    pub why: Option<String>,
    /// How to fix a server that violates it.
    pub fix: Option<String>,
}

/// A step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepEntry {
    /// Its name in the suite file.
    pub step: String,
    /// The endpoint, or what was done.
    pub visits: StepKind,
    /// Whether the request differed from that of the valid flow.
    pub changed: bool,
    /// The names of the parameters and header fields that differed.
    pub marks: Vec<String>,
    /// The request in short.
    pub sent: String,
    /// What was expected; none if the step only prepares the next one.
    pub expected: Option<String>,
    /// What was seen.
    pub seen: String,
    /// The user agent, at the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// How it ended.
    pub outcome: OutcomeEntry,
    /// How many of the exchanges, from the first, were sent at once; the others try the tokens gained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raced: Option<usize>,
    /// The endpoint at which the client pushes its request before each visit, if it does (RFC9126).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<String>,
    /// The JWTs that the client made for the request, by parameter: header and payload.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jwts: BTreeMap<String, JwtEntry>,
    /// All exchanges, in order; those that the server began come last.
    pub exchanges: Vec<ExchangeEntry>,
}

impl StepEntry {
    /// The exchanges that authspec began, and those that the server did.
    pub fn by_sender(&self) -> (&[ExchangeEntry], &[ExchangeEntry]) {
        let own = self.exchanges.iter().take_while(|exchange| !exchange.received).count();
        self.exchanges.split_at(own)
    }
}

/// A JWT without its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JwtEntry {
    /// The header.
    pub header: Value,
    /// The payload: its claims.
    pub payload: Value,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeEntry {
    /// At a registered redirect URI.
    Callback(ResponseEntry),
    /// At or on the way to a URL that is neither the server's nor registered.
    Elsewhere(ResponseEntry),
    /// On an error page of the server.
    ErrorPage {
        /// Its status; none if the browser did not report it.
        status: Option<u16>,
        /// The error code, if the page is JSON with one, or its URL has one.
        error: Option<String>,
        /// The text of the page, shortened.
        text: String,
    },
    /// The client's push was refused with this status, so that there was no visit (RFC9126 §2.3).
    PushRefused(u16),
    /// The endpoint answered with this status.
    Status(u16),
    /// Whether a page was displayed in a frame of another origin.
    Framed(bool),
    /// Whether the server sent something to the client by itself.
    Delivered(bool),
    /// The operator has done what the target file says.
    Operated,
    /// It could not be tested, for this reason.
    Blocked(String),
    /// An earlier step did not yield this value, which the step sends.
    NotReached(String),
}

/// What was sent to a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseEntry {
    /// The redirect URI without query and fragment.
    pub uri: String,
    /// The response mode: `query`, `fragment` or `form_post`.
    pub mode: String,
    /// The parameters, in order.
    pub params: Vec<(String, String)>,
}

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeEntry {
    /// Whether the server under test sent the request, and authspec answered it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub received: bool,
    /// The time it was sent, in milliseconds since 1970.
    pub at_ms: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The request.
    pub request: RequestEntry,
    /// The answer, if there was one.
    pub response: Option<AnswerEntry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestEntry {
    /// The HTTP method.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; empty if there is none.
    pub body: String,
    /// The thumbprint of the certificate that was presented (RFC8705 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerEntry {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case; fields with the same name are joined by commas.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as JSON, other text shortened, pages as their size.
    pub body: Value,
}

/// The maximum length of text in evidence that is kept in memory if there is no room.
const LONG: usize = 500;

impl Evidence {
    /// Its size as JSON, in bytes.
    pub fn size(&self) -> usize {
        serde_json::to_string(self).map_or(0, |text| text.len())
    }

    /// Drops long texts, which its file still has.
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

    /// The strongest requirement.
    pub fn requirement(&self) -> Option<&RequirementEntry> {
        self.requirements.first()
    }

    /// Reads the evidence of a case of a target.
    ///
    /// # Errors
    /// If the file does not exist, or is not an evidence file.
    pub fn read(root: &Path, target: &str, id: &str) -> io::Result<Self> {
        let text = std::fs::read_to_string(evidence_path(root, target, id))?;
        serde_json::from_str(&text).map_err(io::Error::other)
    }
}

/// Copies the evidence of a case, with its screenshot and page source, from a part of a run to the folder of
/// the merged run. Missing evidence is left out.
///
/// # Errors
/// If the folder cannot be written.
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

/// The path of a case's evidence: `<root>/<target>/<suite>/<case>.json`.
pub fn evidence_path(root: &Path, target: &str, id: &str) -> PathBuf {
    root.join(target).join(format!("{id}.json"))
}
