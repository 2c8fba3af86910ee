//! Runs that end before their time, by Ctrl-C or by force: what they leave is true, and nothing that
//! they started is left.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use authspec::agent::{BrowserOptions, available};
use honest::{Config, Honest, Reserved};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Twice what is promised, as the machine may be busy; a request alone may take longer.
const SOON: Duration = Duration::from_secs(4);

/// A run in a folder of its own, in which everything that it starts leaves its traces.
struct Started {
    folder: TempDir,
    child: Child,
    stdout: BufReader<ChildStdout>,
    server: Option<(Runtime, Honest)>,
}

impl Started {
    /// A run against a server of ours.
    fn new(words: &[&str]) -> Self {
        let (port, callback) = (Reserved::new(0).unwrap(), Reserved::new(0).unwrap());
        let target = honest::target_file(port.port(), callback.port());
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async { Honest::start_on(port, Config::default()) }).unwrap();
        let mut run = Self::on(&target, None, words);
        run.server = Some((runtime, server));
        run
    }

    /// A run against the target, with a program that starts its server.
    fn on(target: &str, start: Option<&str>, words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("target.toml"), target).unwrap();
        if let Some(start) = start {
            let program = folder.path().join("start");
            fs::write(&program, format!("#!/bin/sh\n{start}\n")).unwrap();
            fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let run =
            ["run", "target.toml", "--results", "results.json", "--report", "junit=junit.xml"];
        Self::begin(folder, &[&run[..], words].concat())
    }

    /// Any command in the folder.
    fn begin(folder: TempDir, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_authspec"))
            .args(words)
            .current_dir(folder.path())
            .env("TMPDIR", folder.path())
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::with_capacity(1, child.stdout.take().unwrap());
        Self { folder, child, stdout, server: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits until it has said a line of which this is a part.
    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "it never said {word}");
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for its end; gives what it said since, and its exit code.
    fn end(&mut self) -> (String, Option<i32>) {
        let start = Instant::now();
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code();
        assert!(start.elapsed() < SOON, "it took {:?}", start.elapsed());
        (said, code)
    }

    /// The command lines of the processes that were started in the folder and are left.
    fn survivors(&self) -> Vec<String> {
        let mark = self.folder.path().to_str().unwrap().as_bytes();
        let names = |file: PathBuf| {
            fs::read(file).is_ok_and(|text| text.windows(mark.len()).any(|part| part == mark))
        };
        let entries = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
        let left = entries.filter(|it| names(it.join("environ")) || names(it.join("cmdline")));
        left.map(|it| fs::read_to_string(it.join("cmdline")).unwrap_or_default()).collect()
    }

    /// Whether a folder with a browser's profile is left.
    fn has_profile(&self) -> bool {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.into_iter().any(|name| name.starts_with("authspec-browser-"))
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
        drop(self.server.take());
    }
}

/// All files below a folder that end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| match path.is_dir() {
        true => files(&path, ending),
        false => vec![path],
    });
    below.filter(|path| path.extension().is_some_and(|it| it == ending)).collect()
}

/// Waits until it is so; there is no event to wait for.
fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > SOON {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

const UNTRIED: &str = "the run was interrupted before this case was run";

#[test]
fn what_was_finished_is_reported() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut run = Started::new(&["--agent", "forms"]);
        run.wait_for("PASS [");
        kill_process(run.pid(), signal).unwrap();
        let (said, code) = run.end();
        assert_eq!(code, Some(130), "{said}");
        let results = run.json("results.json");
        assert_eq!(results["whole"], false);
        assert_eq!(results, run.json("target/evidence/honest/results.json"));
        let cases = results["cases"].as_array().unwrap();
        let untried = cases.iter().filter(|case| case["reason"] == UNTRIED);
        let untried: Vec<_> = untried.map(|case| &case["verdict"]).collect();
        assert!(untried.iter().all(|verdict| *verdict == "inconclusive"));
        let tried = cases.len() - untried.len();
        assert!(tried > 0 && !untried.is_empty());
        assert!(said.contains(&format!("interrupted: {tried} of {} cases", cases.len())), "{said}");
        let junit = fs::read_to_string(run.path("junit.xml")).unwrap();
        assert_eq!(junit.matches(&format!("<error message=\"{UNTRIED}")).count(), untried.len());
        let evidence = files(&run.path("target/evidence/honest"), "json");
        assert_eq!(evidence.len(), tried + 1);
    }
}

/// What an earlier run has left.
const WHOLE: &str = r#"{
    "format_version": 1,
    "tool": { "name": "authspec", "version": "0.1.0" },
    "target": { "name": "honest", "version": null, "issuer": "http://127.0.0.1:1" },
    "at": "", "run": "", "duration_ms": 1, "whole": true, "ruleset": "bcp",
    "waits": 0, "summary": {}, "stale": [], "cases": []
}"#;

#[test]
fn the_results_of_a_whole_run_outlive_a_part() {
    let mut run = Started::new(&["--agent", "forms"]);
    run.wait_for("PASS [");
    let kept = run.path("target/evidence/honest/results.json");
    fs::write(&kept, WHOLE).unwrap();
    kill_process(run.pid(), Signal::INT).unwrap();
    assert_eq!(run.end().1, Some(130));
    assert_eq!(run.json("target/evidence/honest/results.json")["whole"], true);
    assert_eq!(run.json("results.json")["whole"], false);
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let mut run = Started::new(&["--agent", "forms"]);
    // It cannot end in good order: there is no room for what it has to say, and it waits for some.
    rustix::pipe::fcntl_setpipe_size(run.stdout.get_ref(), 4096).unwrap();
    run.wait_for("PASS [");
    let said = || rustix::io::ioctl_fionread(run.stdout.get_ref()).unwrap();
    let waits = || {
        let before = said();
        std::thread::sleep(Duration::from_millis(200));
        before == said()
    };
    assert!(eventually(|| said() > 2048 && waits()));
    kill_process(run.pid(), Signal::INT).unwrap();
    // Two of a kind might arrive as one, and two at the same instant are both the first.
    let ended = eventually(|| {
        kill_process(run.pid(), Signal::TERM).unwrap();
        run.child.try_wait().unwrap().is_some()
    });
    assert!(ended);
    assert_eq!(run.child.wait().unwrap().code(), Some(130));
}

#[test]
fn nothing_is_tried_after_an_interrupt() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = honest::target_file(silent.local_addr().unwrap().port(), 8765);
    let mut run = Started::on(&target, None, &["--agent", "forms"]);
    let _asked = silent.accept().unwrap();
    kill_process(run.pid(), Signal::INT).unwrap();
    assert_eq!(run.end().1, Some(130));
    assert!(!run.path("results.json").exists());
}

#[test]
fn what_was_audited_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = honest::target_file(silent.local_addr().unwrap().port(), 8765);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("silent.toml"), target).unwrap();
    let mut audit = Started::begin(folder, &["audit", "silent.toml", "--agent", "forms"]);
    let _asked = silent.accept().unwrap();
    kill_process(audit.pid(), Signal::INT).unwrap();
    let (said, code) = audit.end();
    assert!(said.contains("the audit was interrupted before it was complete"), "{said}");
    assert_eq!(code, Some(130));
}

#[test]
fn no_server_is_left() {
    // It does not end when it is asked to, and neither does what it has started.
    const STUBBORN: &str = "trap '' TERM; sleep 60 & echo ready; while :; do sleep 60; done";
    for signal in [Signal::INT, Signal::KILL] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = honest::target_file(silent.local_addr().unwrap().port(), 8765);
        let words = ["--agent", "forms", "--start"];
        let mut run = Started::on(&target, Some(STUBBORN), &words);
        let _asked = silent.accept().unwrap();
        assert!(!run.survivors().is_empty());
        kill_process(run.pid(), signal).unwrap();
        run.end();
        if signal == Signal::INT {
            assert_eq!(run.survivors(), [""; 0]);
        }
        assert!(eventually(|| run.survivors().is_empty()));
    }
}

#[test]
fn no_browser_is_left() {
    if let Err(missing) = available(&BrowserOptions::default()) {
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        return;
    }
    for signal in [Signal::INT, Signal::KILL] {
        let mut run = Started::new(&["--agent", "hybrid"]);
        run.wait_for("PASS [");
        assert!(!run.survivors().is_empty() && run.has_profile());
        kill_process(run.pid(), signal).unwrap();
        run.child.wait().unwrap();
        if signal == Signal::INT {
            assert_eq!(run.survivors(), [""; 0]);
            assert!(!run.has_profile());
        } else {
            assert!(eventually(|| run.survivors().is_empty() && !run.has_profile()));
        }
    }
}

#[test]
fn a_run_that_was_killed_leaves_whole_files() {
    let mut run = Started::new(&["--agent", "forms"]);
    for _ in 0..20 {
        run.wait_for("  RFC");
    }
    kill_process(run.pid(), Signal::KILL).unwrap();
    assert_eq!(run.child.wait().unwrap().signal(), Some(Signal::KILL.as_raw()));
    let evidence = files(&run.path("target/evidence/honest"), "json");
    assert!(evidence.len() >= 20);
    for file in evidence {
        let text = fs::read(&file).unwrap();
        assert!(serde_json::from_slice::<Value>(&text).is_ok(), "{}", file.display());
    }
}
