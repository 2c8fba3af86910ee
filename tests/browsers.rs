//! Real browsers: several of them find what one finds, and one that is killed in the middle of a run
//! costs no case.
//!
//! Where there is no Selenium Grid its test is ignored with the reason, but never where `CI` is set.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

/// Cases whose verdict hangs on who has signed in, and on where a browser was sent; among them some
/// that fail.
const CASES: &[&str] = &[
    "--agent=browser",
    "--ruleset=oidc",
    "--defect=ignores-prompt-login",
    "--defect=mangles-state",
    "--defect=folds-redirect-case",
    "sign-in/",
    "consent/",
    "redirect-uri/path-",
    "response-modes/form-post",
    "response-modes/fragment",
];

/// The port of the hub, away from where somebody's own grid may be.
const HUB: u16 = 24_444;

/// How long a grid or a browser may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// Within this time, a visit begins in each of two browsers.
const VISIT: Duration = Duration::from_secs(1);

/// The finding of one browser that is left in peace.
static ONE: LazyLock<Verdicts> = LazyLock::new(|| Run::start(&[]).end().verdicts);

type Verdicts = BTreeMap<String, (String, Value)>;

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("several_browsers_find_what_one_finds", several),
        Trial::test("a_driver_that_is_killed_costs_no_case", driver_killed),
        Trial::ignorable_test("a_node_of_a_grid_that_is_killed_costs_no_case", node_killed),
    ];
    // Each has the machine to itself.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn several() -> Result<(), Failed> {
    let ended = Run::start(&["--browsers=3"]).end();
    ended.assert_same()?;
    ended.assert_retried(false)
}

fn driver_killed() -> Result<(), Failed> {
    let mut run = Run::start(&["--browsers=2"]);
    // By then the unchanged flow of each client is over: repeating that is no case's retry.
    run.read_lines(12);
    let driver = wait_for(|| run.driver())?.to_string();
    // Visits are short, and it may be between two of them: while it is stopped, one has to wait for it.
    signal("STOP", &driver)?;
    std::thread::sleep(VISIT);
    signal("KILL", &driver)?;
    let ended = run.end();
    ended.assert_same()?;
    ended.assert_retried(true)
}

fn node_killed() -> Result<Completion, Failed> {
    let mut grid = match Grid::start() {
        Ok(grid) => grid,
        Err(why) if std::env::var_os("CI").is_none() => return Ok(Completion::ignored_with(why)),
        Err(why) => return Err(why.into()),
    };
    let webdriver = format!("--webdriver=http://127.0.0.1:{HUB}");
    let mut run = Run::start(&[&webdriver, "--browsers=2"]);
    run.read_lines(5);
    let node = wait_for(|| grid.busy_node())?;
    signal("KILL", &format!("-{node}"))?;
    let ended = run.end();
    grid.end()?;
    ended.assert_same()?;
    ended.assert_retried(true)?;
    Ok(Completion::Completed)
}

/// A run of the cases on the embedded server.
struct Run {
    process: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
    folder: TempDir,
}

/// What a run came to.
struct Ended {
    verdicts: Verdicts,
    retried: usize,
    said: String,
}

impl Run {
    fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = Command::new(env!("CARGO_BIN_EXE_authspec"))
            .args(["run", "--results=results.json"])
            .args(CASES)
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stdout = BufReader::new(process.stdout.take().expect("it has an output"));
        Self { process, stdout, said: String::new(), folder }
    }

    /// Waits until the run has said so much.
    fn read_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.stdout.read_line(&mut self.said).expect("it says something");
        }
    }

    /// A driver that the run has started.
    fn driver(&self) -> Option<u32> {
        let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,comm="]).output().ok()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let processes: Vec<(u32, u32, &str)> = listed
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?))
            })
            .collect();
        let children = |parent: u32| processes.iter().filter(move |(_, of, _)| *of == parent);
        // Between the run and the driver stands its guard.
        let mut grandchildren =
            children(self.process.id()).flat_map(|(guard, ..)| children(*guard));
        grandchildren.find(|(.., name)| name.contains("chromedriver")).map(|(pid, ..)| *pid)
    }

    fn end(mut self) -> Ended {
        self.stdout.read_to_string(&mut self.said).expect("all it says is text");
        let status = self.process.wait().expect("it ends");
        let results = std::fs::read(self.folder.path().join("results.json"));
        let results = results.unwrap_or_else(|_| panic!("{status}, no results: {}", self.said));
        let results: Value = serde_json::from_slice(&results).expect("results are JSON");
        let cases = results["cases"].as_array().expect("results have cases");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let verdict =
            |case: &Value| (text(&case["id"]), (text(&case["verdict"]), case["findings"].clone()));
        let retried = cases.iter().filter(|case| !case["retried"].is_null()).count();
        Ended { verdicts: cases.iter().map(verdict).collect(), retried, said: self.said }
    }
}

impl Ended {
    fn assert_same(&self) -> Result<(), Failed> {
        let of = |verdicts: &Verdicts| -> BTreeMap<String, String> {
            verdicts.iter().map(|(id, (verdict, _))| (id.clone(), verdict.clone())).collect()
        };
        let (here, there) = (of(&self.verdicts), of(&ONE));
        let differ: Vec<_> = there.iter().filter(|(id, it)| here.get(*id) != Some(*it)).collect();
        let is_told =
            there.values().any(|it| it == "fail") && there.values().any(|it| it == "pass");
        if differ.is_empty() && is_told && here.len() == there.len() {
            return Ok(());
        }
        Err(format!("one browser found {differ:?}\n{}", self.said).into())
    }

    fn assert_retried(&self, wanted: bool) -> Result<(), Failed> {
        let is_told = self.said.contains("\nretried: ");
        if (self.retried > 0, is_told) == (wanted, wanted) {
            return Ok(());
        }
        Err(format!("{} cases were retried\n{}", self.retried, self.said).into())
    }
}

/// A hub and two nodes.
struct Grid {
    process: Child,
    folder: PathBuf,
}

impl Grid {
    fn start() -> Result<Self, String> {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/grid");
        let folder = fixture.join(".run").join(HUB.to_string());
        let mut process = Command::new(fixture.join("start"))
            .env("PORT", HUB.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().ok_or("it has no output")?);
        stdout.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.starts_with("ready ") {
            return Ok(Self { process, folder });
        }
        let output = process.wait_with_output().map_err(|error| error.to_string())?;
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }

    /// The process group of a node that has a browser by now.
    fn busy_node(&self) -> Option<String> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "5"]).arg(format!("http://127.0.0.1:{HUB}/status"));
        let status: Value = serde_json::from_slice(&curl.output().ok()?.stdout).ok()?;
        let is_busy = |node: &&Value| {
            let slots = node["slots"].as_array();
            slots.is_some_and(|slots| slots.iter().any(|slot| !slot["session"].is_null()))
        };
        let busy = status["value"]["nodes"].as_array()?.iter().find(is_busy)?;
        let port: u16 = busy["uri"].as_str()?.rsplit(':').next()?.parse().ok()?;
        std::fs::read_to_string(self.folder.join(format!("node-{}.pid", port - HUB))).ok()
    }

    fn end(&mut self) -> Result<(), Failed> {
        if self.process.try_wait()?.is_none() {
            let asked = Command::new("kill").arg(self.process.id().to_string()).status()?;
            assert!(asked.success(), "it is there to be ended");
            self.process.wait()?;
        }
        Ok(())
    }
}

impl Drop for Grid {
    fn drop(&mut self) {
        // Whoever cares whether it ended has seen to it.
        let _ = self.end();
    }
}

/// Sends a signal to a process, or to a group of processes.
fn signal(name: &str, pid: &str) -> Result<(), Failed> {
    let sent = Command::new("kill").args([&format!("-{name}"), "--", pid]).status()?;
    if sent.success() { Ok(()) } else { Err(format!("kill -{name} {pid}: {sent}").into()) }
}

/// What comes to be; nothing tells when it does.
fn wait_for<T>(look: impl Fn() -> Option<T>) -> Result<T, Failed> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("it did not come to be".into())
}
