//! The real command, run on a target file in a folder of its own.

use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use authspec::report::Format;
use clap::ValueEnum;
use serde_json::Value;
use tempfile::TempDir;

/// What a run left behind.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How long it took.
    pub(crate) took: Duration,
    /// How much memory it held at most, in bytes; nothing where the system does not tell.
    pub(crate) peak: usize,
    /// The folder that it ran in.
    pub(crate) folder: TempDir,
}

/// A report in every format there is, each a file in `reports/` that is named like the format.
fn reports() -> Vec<String> {
    let one = |format: &Format| ["--report".to_owned(), format!("{format}=reports/{format}")];
    Format::value_variants().iter().flat_map(one).collect()
}

/// Runs every case that the words select, without a browser.
pub(crate) fn authspec(target: &str, words: &[&str]) -> Ran {
    authspec_by("forms", target, words)
}

/// Runs them so; memory is bounded, so that a run cannot eat the machine, but for a browser, which
/// reserves more than there is.
pub(crate) fn authspec_by(agent: &str, target: &str, words: &[&str]) -> Ran {
    let bound = if agent == "forms" { "ulimit -v 4000000; " } else { "" };
    let shell = format!("{bound}exec \"$0\" \"$@\"");
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let start = Instant::now();
    let child = Command::new("sh")
        .args(["-c", &shell, env!("CARGO_BIN_EXE_authspec")])
        .args(["run", "target.toml", "--agent", agent])
        .args(
            (!words.iter().any(|word| word.starts_with("--ruleset")))
                .then_some("--ruleset=oauth2.1"),
        )
        .args(["--evidence", "evidence", "--snapshot-dir", "snapshots"])
        .args(["--results", "results.json"])
        .args(reports())
        .args(words)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (output, peak) = watched(child);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("all we print is text");
    Ran {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        took: start.elapsed(),
        peak,
        folder,
    }
}

/// Waits for the end of a process, and asks now and then how much memory it has held.
fn watched(child: Child) -> (Output, usize) {
    let status = format!("/proc/{}/status", child.id());
    let held = move || {
        let status = std::fs::read_to_string(&status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse::<usize>().ok()
    };
    let (end, ended) = channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut peak = 0;
        while ended.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            peak = held().unwrap_or_default().max(peak);
        }
        peak << 10
    });
    let output = child.wait_with_output().unwrap();
    drop(end);
    (output, watch.join().unwrap())
}

impl Ran {
    /// The entries of `results.json`; none where it was not written.
    pub(crate) fn cases(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("results.json"));
        let results = text.map(|text| serde_json::from_str::<Value>(&text).unwrap());
        results.map_or_else(|_| Vec::new(), |it| it["cases"].as_array().unwrap().clone())
    }

    /// All that was said, for a test that failed.
    pub(crate) fn said(&self) -> String {
        let peak = self.peak >> 20;
        format!("exit code {:?}, {peak} MB\n{}{}", self.code, self.stdout, self.stderr)
    }
}
