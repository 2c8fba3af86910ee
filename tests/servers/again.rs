//! Runs after a run, which say what the first has said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use honest::{Config, Honest};
use libtest_mimic::Failed;
use serde_json::Value;
use tempfile::TempDir;

/// Cases that hang on what the server keeps: consent, sessions, and what was revoked or used up.
pub(crate) const STATEFUL: &[&str] = &[
    "consent/",
    "sign-in/",
    "reauthentication/",
    "codes/replay",
    "revocation/refresh-token",
    "token-endpoint/rotated-refresh-token",
    "token-endpoint/reuse-revokes-successor",
];

/// What is said of each case and client.
pub(crate) type Verdicts = BTreeMap<String, String>;

/// A server that is tried several times.
pub(crate) struct Again {
    target: PathBuf,
    agent: &'static str,
    folder: TempDir,
}

impl Again {
    pub(crate) fn new(target: &Path, agent: &'static str) -> Result<Self, Failed> {
        Ok(Self { target: target.to_owned(), agent, folder: TempDir::new()? })
    }

    /// Runs the program in a folder of its own.
    pub(crate) fn authspec(&self, command: &str, words: &[&str]) -> Result<Output, Failed> {
        let mut authspec = Command::new(env!("CARGO_BIN_EXE_authspec"));
        authspec.current_dir(self.folder.path()).arg(command).arg(&self.target);
        Ok(authspec.args(["--agent", self.agent]).args(words).output()?)
    }

    /// What a run says.
    pub(crate) fn verdicts(&self, words: &[&str]) -> Result<Verdicts, Failed> {
        let ran = self.authspec("run", &[&["--results", "results.json"], words].concat())?;
        self.read().map_err(|_| String::from_utf8_lossy(&ran.stderr).into_owned().into())
    }

    /// What the last run has said.
    pub(crate) fn read(&self) -> Result<Verdicts, Failed> {
        self.read_from("results.json")
    }

    /// What the run with these results has said.
    pub(crate) fn read_from(&self, file: &str) -> Result<Verdicts, Failed> {
        let results = std::fs::read(self.folder.path().join(file))?;
        let results: Value = serde_json::from_slice(&results)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cases = results["cases"].as_array().cloned().unwrap_or_default();
        Ok(cases.iter().map(|case| (text(&case["id"]), text(&case["verdict"]))).collect())
    }

    /// Whatever a run, `doctor`, an audit and two more runs say differently.
    pub(crate) fn three_times(&self) -> Result<(Verdicts, Vec<String>), Failed> {
        let first = self.verdicts(&[])?;
        self.authspec("doctor", &[])?;
        self.authspec("audit", &[])?;
        let second = self.verdicts(&[])?;
        let third = self.verdicts(&[])?;
        let others = [difference(&first, &second), difference(&first, &third)].concat();
        Ok((first, others))
    }
}

/// The cases of a later run of which it says something else than the first.
pub(crate) fn difference(first: &Verdicts, later: &Verdicts) -> Vec<String> {
    let mut others = Vec::new();
    for (id, verdict) in later {
        let known = first.get(id);
        if known != Some(verdict) {
            others.push(format!("{id}: {known:?} at first, then {verdict}"));
        }
    }
    others
}

/// The embedded server says the same of every case, however often it is asked.
pub(crate) fn try_honest() -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let honest = runtime.block_on(Honest::start(Config::default()))?;
    let port = honest.issuer().rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.ok_or("its issuer has no port")?;
    let folder = TempDir::new()?;
    let target = folder.path().join("target.toml");
    std::fs::write(&target, honest::target_file(port, Config::default().callback_port))?;
    let (first, others) = Again::new(&target, "forms")?.three_times()?;
    match others.is_empty() && first.len() > 300 {
        true => Ok(()),
        false => Err(format!("{} cases: {others:#?}", first.len()).into()),
    }
}
