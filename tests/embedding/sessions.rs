//! What the processes of `cargo nextest run` share of a server that runs already.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use honest::{Config, Honest, Reserved};
use tokio::runtime::Runtime;

use crate::child::{Package, Ran};

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("one_process_signs_in_and_the_next_goes_on", one_process_signs_in_and_the_next_goes_on),
    ("a_session_that_the_server_has_forgotten_is_renewed", forgotten),
    ("a_damaged_session_is_made_anew", damaged),
    ("another_run_signs_in_anew", another_run_signs_in_anew),
    ("without_nextest_nothing_is_left", without_nextest_nothing_is_left),
    ("a_server_of_the_test_leaves_nothing", a_server_of_the_test_leaves_nothing),
    ("a_known_login_page_may_show_again", a_known_login_page_may_show_again),
    ("processes_take_turns", processes_take_turns),
];

/// A case that changes nothing, so that its evidence shows the valid flow.
const CASE: &str = "[RFC7636 §4.6 MUST] pkce/s256-accepted@web";

/// A server that runs, beside a package that has a test for it.
struct Running {
    runtime: Runtime,
    port: u16,
    callback: Reserved,
    server: Option<Honest>,
    package: Package,
}

impl Running {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let callback = Reserved::new(0).unwrap();
        let socket = Reserved::new(0).unwrap();
        let port = socket.port();
        let package = Package::new(&honest::target_file(port, callback.port()));
        drop(socket);
        let mut running = Self { runtime, port, callback, server: None, package };
        running.restart();
        running
    }

    /// Starts the server, which remembers nobody.
    fn restart(&mut self) {
        self.server = None;
        // With its runtime, all of the old one is gone.
        self.runtime = Runtime::new().unwrap();
        let callback_port = self.callback.port();
        let config = Config { port: self.port, callback_port, ..Config::default() };
        self.server = Some(self.runtime.block_on(started(config)));
    }

    /// One test, as nextest runs it.
    fn nextest(&self, run: &str, case: &str) -> Command {
        let mut command = self.package.test("running");
        command.env("NEXTEST_EXECUTION_MODE", "process-per-test").env("NEXTEST_RUN_ID", run);
        command.args([case, "--exact", "--nocapture"]);
        command
    }

    #[track_caller]
    fn passes(&self, run: &str, case: &str) -> Ran {
        let ran = self.package.finish(&mut self.nextest(run, case));
        ran.said(0, "test result: ok. 1 passed");
        ran
    }

    /// Whether somebody signed in on the way of the last test of the case.
    fn signed_in(&self) -> bool {
        let evidence = self.package.folder().join("evidence/honest/pkce/s256-accepted@web.json");
        let text = fs::read_to_string(evidence).unwrap();
        assert!(text.contains("code_challenge"), "{text}");
        text.contains("/login")
    }

    /// The session file of the server: the one that knows its origin.
    fn session_file(&self) -> Option<PathBuf> {
        let origin = format!("127.0.0.1:{}", self.port);
        let entries = fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().flatten();
        let mut paths = entries.map(|entry| entry.path());
        paths.find(|path| {
            let is_session = path.display().to_string().contains("authspec-session-");
            is_session && fs::read_to_string(path).is_ok_and(|text| text.contains(&origin))
        })
    }
}

/// Starts a server on a port that was ours before. A process that another test starts holds a copy
/// of the old socket until it is its own program.
async fn started(config: Config) -> Honest {
    let backoff = Instant::now() + Duration::from_secs(10);
    loop {
        match Honest::start(config.clone()).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < backoff => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            started => return started.unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(path) = self.session_file() {
            let _ = fs::remove_file(path);
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn one_process_signs_in_and_the_next_goes_on() {
    let running = Running::start();
    running.passes("1", CASE);
    assert!(running.signed_in());
    let file = running.session_file().unwrap();
    assert_eq!(mode(&file), 0o600);
    let cookies = fs::read_to_string(&file).unwrap();
    running.passes("1", CASE);
    assert!(!running.signed_in());
    assert_eq!(fs::read_to_string(&file).unwrap(), cookies, "nothing was learnt");
    let kept: serde_json::Value = serde_json::from_str(&cookies).unwrap();
    let cookie = kept["memory"]["sessions"]["alice"][0]["value"].as_str().unwrap().to_owned();
    let evidence = running.package.folder().join("evidence/honest/pkce/s256-accepted@web.json");
    let evidence = fs::read_to_string(evidence).unwrap();
    assert!(evidence.contains("[cookie]") && !evidence.contains(&cookie), "{evidence}");
}

fn forgotten() {
    let mut running = Running::start();
    running.passes("1", CASE);
    running.restart();
    running.passes("1", CASE);
    assert!(running.signed_in());
    running.passes("1", CASE);
    assert!(!running.signed_in());
}

fn damaged() {
    let running = Running::start();
    running.passes("1", CASE);
    let file = running.session_file().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    running.passes("1", CASE);
    assert!(running.signed_in());
    running.passes("1", CASE);
    assert!(!running.signed_in());
}

fn another_run_signs_in_anew() {
    let running = Running::start();
    running.passes("1", CASE);
    running.passes("2", CASE);
    assert!(running.signed_in());
}

fn without_nextest_nothing_is_left() {
    let running = Running::start();
    running.package.run("running", &["pkce/s256-accepted@web"]).said(0, "1 passed");
    assert_eq!(running.session_file(), None);
}

fn a_server_of_the_test_leaves_nothing() {
    let running = Running::start();
    let package = Package::with_open_ports();
    let mut command = package.test("sound");
    command.env("NEXTEST_EXECUTION_MODE", "process-per-test").env("NEXTEST_RUN_ID", "1");
    command.args([CASE, "--exact"]);
    package.finish(&mut command).said(0, "test result: ok. 1 passed");
    assert_eq!(running.session_file(), None);
}

/// `prompt=login` shows a login page, which the valid flow on a session never does.
fn a_known_login_page_may_show_again() {
    let running = Running::start();
    running.passes("1", CASE);
    let case = "[OpenID.Core §3.1.2.1 SHOULD] sign-in/prompt-login";
    let mut test = running.nextest("1", case);
    let ran = running.package.finish(test.env("AUTHSPEC_RULESET", "oidc"));
    ran.said(0, "test result: ok. 1 passed");
}

fn processes_take_turns() {
    let running = Running::start();
    running.passes("1", CASE);
    let held = fs::File::open(running.session_file().unwrap()).unwrap();
    held.lock().unwrap();
    let spawn = |_| running.nextest("1", CASE).stdout(Stdio::null()).spawn().unwrap();
    let mut children: Vec<_> = (0..3).map(spawn).collect();
    assert!(children.iter_mut().all(|child| child.try_wait().unwrap().is_none()));
    drop(held);
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(!running.signed_in());
}
