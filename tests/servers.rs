//! Real servers that nobody here wrote: each is started, and tried with the real browser.
//!
//! Nothing may fail but what their `known.toml` says, nothing may be inconclusive, and their answers
//! must be those of the snapshots. Where a server cannot be installed its test is ignored with the
//! reason, but never where `CI` is set.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value;

/// The target files; the program beside each starts its server.
const TARGETS: &[&str] = &[
    "fixtures/oidc-provider/target.toml",
    "fixtures/oidc-provider/target-lax.toml",
    "fixtures/django-oauth-toolkit/target.toml",
    "fixtures/django-oauth-toolkit/target-lax.toml",
    "fixtures/keycloak/target.toml",
    "fixtures/keycloak/target-lax.toml",
    "fixtures/hydra/target.toml",
    "fixtures/hydra/target-lax.toml",
    "fixtures/glewlwyd/target.toml",
    "fixtures/glewlwyd/target-lax.toml",
];

/// The redirect URIs of most of them are on one port, so that they have to take turns.
static TURN: Mutex<()> = Mutex::new(());

fn main() -> ExitCode {
    let trial = |target: &&'static str| {
        let target = *target;
        let name = target.trim_start_matches("fixtures/").trim_end_matches(".toml");
        Trial::ignorable_test(name, move || try_server(target))
    };
    let mut trials: Vec<_> = TARGETS.iter().map(trial).collect();
    trials.push(Trial::ignorable_test("oidc-provider in parts", try_parts));
    trials.push(Trial::ignorable_test("oidc-provider again and again", try_again));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A run in four parts, joined, is one whole run.
fn try_parts() -> Result<Completion, Failed> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("fixtures/oidc-provider/target.toml").display().to_string();
    let authspec = |words: &[&str]| {
        let mut authspec = Command::new(env!("CARGO_BIN_EXE_authspec"));
        authspec.current_dir(folder.path()).args(words).output()
    };
    let run = ["run", &target, "--start", "--agent", "forms", "--evidence"];
    let whole = authspec(&[&run[..], &["whole"]].concat())?;
    let complaints = String::from_utf8_lossy(&whole.stderr);
    if let Some(why) = not_here(&complaints) {
        return Ok(Completion::ignored_with(why));
    }
    let parts = ["1", "2", "3", "4"];
    for part in parts {
        authspec(&[&run[..], &[part, "--partition", &format!("hash:{part}/4")]].concat())?;
    }
    let merged = authspec(&[&["merge", "--output", "merged"], &parts[..]].concat())?;
    let compared = authspec(&["compare", "whole", "merged"])?;
    let said = [merged.stderr, compared.stdout, compared.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    match compared.status.success() && said.contains("no difference in") {
        true => Ok(Completion::Completed),
        false => Err(format!("{complaints}{said}").into()),
    }
}

/// Three runs in a row on a server that runs all the time say the same, and so do cases that are tried
/// alone after them; one case in ten is.
fn try_again() -> Result<Completion, Failed> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir()?;
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/oidc-provider");
    let mut server = Command::new(fixture.join("start"));
    let Some(_server) = Running::start(server.stdout(Stdio::piped()).stderr(Stdio::null()))? else {
        return match std::env::var_os("CI") {
            None => Ok(Completion::ignored_with("oidc-provider cannot be had here")),
            Some(_) => Err("oidc-provider does not start".into()),
        };
    };
    let target = fixture.join("target.toml").display().to_string();
    let verdicts = |words: &[&str]| -> Result<BTreeMap<String, String>, Failed> {
        let run = ["run", &target, "--agent", "forms", "--results", "results.json"];
        let mut authspec = Command::new(env!("CARGO_BIN_EXE_authspec"));
        let ran = authspec.current_dir(folder.path()).args(run).args(words).output()?;
        let results = std::fs::read(folder.path().join("results.json"))
            .map_err(|_| String::from_utf8_lossy(&ran.stderr).into_owned())?;
        let results: Value = serde_json::from_slice(&results)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cases = results["cases"].as_array().cloned().unwrap_or_default();
        Ok(cases.iter().map(|case| (text(&case["id"]), text(&case["verdict"]))).collect())
    };
    let first = verdicts(&[])?;
    let mut others = Vec::new();
    for _ in 0..2 {
        let again = verdicts(&[])?;
        others.extend(
            first
                .iter()
                .filter(|(id, verdict)| again.get(*id) != Some(verdict))
                .map(|(id, verdict)| format!("{id}: {verdict} at first, then {:?}", again.get(id))),
        );
    }
    let is_case = |id: &&String| !id.starts_with("always/");
    for id in first.keys().filter(is_case).step_by(10) {
        let alone = verdicts(&[id])?;
        if alone.get(id) != first.get(id) {
            others.push(format!("{id}: {:?} alone, not {:?}", alone.get(id), first.get(id)));
        }
    }
    match others.is_empty() && first.len() > 300 {
        true => Ok(Completion::Completed),
        false => Err(format!("{} cases: {others:#?}", first.len()).into()),
    }
}

/// A server that ends with the test.
struct Running(Child);

impl Running {
    /// Starts it, and waits until it says that it is ready; nothing where it ends before.
    fn start(command: &mut Command) -> Result<Option<Self>, Failed> {
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("its output is not read")?;
        let server = Self(child);
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let is_ready = lines.into_iter().any(|line| line.starts_with("ready"));
        Ok(is_ready.then_some(server))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Why the server cannot be had, where that is nothing to fail for.
fn not_here(complaints: &str) -> Option<&str> {
    let (_, why) = complaints.split_once("cannot be had here: ")?;
    std::env::var_os("CI").is_none().then_some(why.trim())
}

/// What is done about snapshots. Those of Keycloak are there to be read, and are not compared: on each
/// start it lists scopes in another order, and its `acr` depends on who signed in first.
fn snapshots(target: &str) -> String {
    let asked = std::env::var("AUTHSPEC_SNAPSHOTS");
    let unsaid = if target.contains("/keycloak/") { "off" } else { "check" };
    asked.unwrap_or_else(|_| unsaid.to_owned())
}

fn try_server(target: &str) -> Result<Completion, Failed> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(["run", target, "--start", "--agent", "hybrid", "--snapshots"])
        .arg(snapshots(target))
        .output()?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&run.stderr);
    if run.status.success() {
        return Ok(Completion::Completed);
    }
    match not_here(&complaints) {
        Some(why) => Ok(Completion::ignored_with(why)),
        None => Err(format!("{said}{complaints}{}", run.status).into()),
    }
}
