//! Finds and starts the WebDriver driver that controls the browser, and makes sure that both end.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpid,
};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

use super::browser_options::{BrowserOptions, NoBrowser, is_loopback};

/// How long the driver may take to report its port.
const START: Duration = Duration::from_secs(10);

/// How often a driver is started that finds no port.
const TRIES: usize = 3;

/// How long a running driver may take to report its status.
const STATUS: Duration = Duration::from_secs(2);

/// How long processes may take to exit when asked, in milliseconds.
const PATIENCE: u64 = 200;

/// Debian's small browser. Its wrapper in `/usr/bin` outlives every session, so the driver must be
/// given this path.
const HEADLESS_SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// Runs the driver until our end of standard input is closed, however this process ends. Also
/// deletes the browser's profile, which contains cookies.
const GUARD: &str = r#""$@" & exec >/dev/null 2>&1; read -r _
    trap '' TERM; kill 0; sleep 1; rm -rf "$TMPDIR""#;

/// Process groups of running drivers, with the folders that contain their browsers' profiles.
static RUNNING: Mutex<Vec<(Pid, PathBuf)>> = Mutex::new(Vec::new());

/// The kind of driver, which decides which browser-specific commands are available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DriverKind {
    Chromium,
    Firefox,
    Remote,
}

/// A WebDriver server. One that was started here ends when this value is dropped.
#[derive(Debug)]
pub struct Driver {
    /// Its address, with a slash at the end.
    pub url: String,
    pub(super) kind: DriverKind,
    /// The browser to start, or `None` if the driver finds it by itself.
    pub browser: Option<PathBuf>,
    process: Option<Process>,
}

impl Driver {
    /// Whether it runs on this machine, whoever started it.
    pub(super) fn is_on_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Finds and starts a driver, unless the options name one that is already running.
    ///
    /// # Errors
    /// What was looked for and not found, or what the driver reported instead of starting.
    pub async fn start(options: &BrowserOptions) -> Result<Self, NoBrowser> {
        if let Some(url) = &options.webdriver {
            let url = format!("{}/", url.trim_end_matches('/'));
            speaks(&url).await?;
            return Ok(Self { url, kind: DriverKind::Remote, browser: None, process: None });
        }
        let Found { driver, kind, browser } = find(options)?;
        let fails = |why: &dyn fmt::Display| {
            NoBrowser(format!("{} does not start: {why}", driver.display()))
        };
        let mut tries = 0;
        let (process, port) = loop {
            let (process, output) = Process::spawn(&driver).map_err(|error| fails(&error))?;
            tries += 1;
            match timeout(START, port(output)).await {
                Ok(Ok(port)) => break (process, port),
                // ChromeDriver picks a free port for IPv6, which another program may have for IPv4.
                Ok(Err(said)) if said.contains("port not available") && tries < TRIES => {}
                Ok(Err(said)) => return Err(fails(&said)),
                Err(_) => return Err(fails(&"it does not report its port")),
            }
        };
        let url = format!("http://127.0.0.1:{port}/");
        Ok(Self { url, kind, browser, process: Some(process) })
    }

    /// Whether it was started here.
    pub(super) fn is_ours(&self) -> bool {
        self.process.is_some()
    }

    /// Whether it answers, whatever its browser is doing.
    pub(super) async fn answers(&self) -> bool {
        matches!(status_within(&self.url, STATUS).await, Some(Ok(())))
    }

    /// Ends the driver and everything it started.
    pub async fn stop(self) {
        // Waiting for processes to exit blocks for some milliseconds.
        let ended = tokio::task::spawn_blocking(move || drop(self.process));
        let _ = ended.await;
    }
}

/// Checks that a WebDriver server answers in time. A server that is not listening is detected
/// later, and faster.
async fn speaks(url: &str) -> Result<(), NoBrowser> {
    match status_within(url, START).await {
        Some(Err(error)) if error.is_timeout() => {
            let limit = START.as_secs();
            Err(NoBrowser(format!(
                "the WebDriver server at {url} does not answer within {limit} s"
            )))
        }
        _ => Ok(()),
    }
}

/// The answer of a WebDriver server asked whether it is ready.
async fn status_within(url: &str, time: Duration) -> Option<reqwest::Result<()>> {
    let client = reqwest::Client::builder().no_proxy().timeout(time).build().ok()?;
    Some(client.get(format!("{url}status")).send().await.map(drop))
}

/// Whether a browser is available. Starts nothing.
///
/// # Errors
/// What was looked for and not found.
pub fn available(options: &BrowserOptions) -> Result<(), NoBrowser> {
    if options.webdriver.is_some() { Ok(()) } else { find(options).map(drop) }
}

/// Ends every driver and browser that this process started, and deletes their profiles.
///
/// For use before the process ends without dropping its values.
pub fn kill_all() {
    let running = std::mem::take(&mut *running());
    for (group, folder) in running {
        end(group);
        remove(&folder);
    }
}

/// Deletes a folder in which another process may be deleting too.
fn remove(folder: &Path) {
    for _ in 0..PATIENCE {
        let _ = std::fs::remove_dir_all(folder);
        if !folder.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether the browser's sandbox is unavailable: as root, or in a container.
pub(super) fn is_unsandboxed() -> bool {
    rustix::process::geteuid().is_root()
        // As systemd sets it.
        || std::env::var_os("container").is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
}

fn running() -> std::sync::MutexGuard<'static, Vec<(Pid, PathBuf)>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A driver and its browser, in their own process group.
#[derive(Debug)]
struct Process {
    group: Pid,
    folder: TempDir,
    /// Open for as long as the driver should run.
    _stdin: Option<ChildStdin>,
}

impl Process {
    fn spawn(driver: &Path) -> io::Result<(Self, Receiver)> {
        let folder = tempfile::Builder::new().prefix("authspec-browser-").tempdir()?;
        let (output, input) = io::pipe()?;
        let child = Command::new("sh")
            .args(["-c", GUARD, "authspec"])
            .arg(driver)
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(input.try_clone()?)
            .stderr(input)
            .process_group(0)
            .spawn()?;
        let group = Pid::from_child(&child);
        running().push((group, folder.path().to_owned()));
        let process = Self { group, folder, _stdin: child.stdin };
        Ok((process, Receiver::from_owned_fd(OwnedFd::from(output))?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(self.group);
        remove(self.folder.path());
        running().retain(|(_, folder)| folder != self.folder.path());
    }
}

/// Ends a process group, and waits until it is gone.
fn end(group: Pid) {
    let polite = kill_process_group(group, Signal::TERM);
    for _ in 0..PATIENCE {
        // The guard is our own child, and remains until it is waited for. The others remain until
        // their new parent, the init process, has waited for them.
        let _ = waitpid(Some(group), WaitOptions::NOHANG);
        if polite.is_err() || test_kill_process_group(group).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = kill_process_group(group, Signal::KILL);
    std::thread::sleep(Duration::from_millis(PATIENCE / 10));
}

/// The port that the driver reports, or else its last output. Later output is read and discarded,
/// so that the driver never blocks on it.
async fn port(output: Receiver) -> Result<u16, String> {
    let mut lines = BufReader::new(output).lines();
    let mut last = "it ended without any output".to_owned();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(port) = port_in(&line) {
            let mut rest = lines.into_inner();
            tokio::spawn(async move { tokio::io::copy(&mut rest, &mut tokio::io::sink()).await });
            return Ok(port);
        }
        last = line;
    }
    Err(last)
}

/// The port in `… was started successfully on port 1234.` or `… Listening on 127.0.0.1:1234`.
fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line
        .split_once("started successfully on port ")
        .or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    rest.trim().trim_end_matches('.').parse().ok()
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    driver: PathBuf,
    kind: DriverKind,
    browser: Option<PathBuf>,
}

fn find(options: &BrowserOptions) -> Result<Found, NoBrowser> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let path = std::env::var_os("PATH").unwrap_or_default();
    look(
        options.headed,
        variable("AUTHSPEC_DRIVER").as_deref(),
        variable("AUTHSPEC_BROWSER").as_deref(),
        &path,
    )
}

fn look(
    headed: bool,
    driver: Option<&OsStr>,
    browser: Option<&OsStr>,
    path: &OsStr,
) -> Result<Found, NoBrowser> {
    let on_path = |names: &[&str]| names.iter().find_map(|name| executable(name.as_ref(), path));
    let named = |variable: &str, name: Option<&OsStr>| match name {
        Some(name) => executable(name, path).map(Some).ok_or_else(|| {
            NoBrowser(format!("no browser: {variable}={} is not a program", name.display()))
        }),
        None => Ok(None),
    };
    let driver = named("AUTHSPEC_DRIVER", driver)?
        .or_else(|| on_path(&["chromedriver", "geckodriver"]))
        .ok_or_else(|| {
            let looked = "neither chromedriver nor geckodriver is on the PATH";
            NoBrowser(format!("no browser: AUTHSPEC_DRIVER is not set, and {looked}"))
        })?;
    let is_gecko =
        driver.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"gecko"));
    let kind = if is_gecko { DriverKind::Firefox } else { DriverKind::Chromium };
    let named = named("AUTHSPEC_BROWSER", browser)?.map(unwrapped);
    let shell = Some(PathBuf::from(HEADLESS_SHELL)).filter(|shell| !headed && shell.is_file());
    let browser = match kind {
        DriverKind::Chromium => {
            named.or(shell).or_else(|| on_path(&["chromium", "chromium-browser", "google-chrome"]))
        }
        DriverKind::Firefox | DriverKind::Remote => named,
    };
    Ok(Found { driver, kind, browser })
}

/// A program by its path, or by its name in one of the folders of `path`.
fn executable(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return Some(PathBuf::from(name)).filter(|file| file.is_file());
    }
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn unwrapped(browser: PathBuf) -> PathBuf {
    let is_wrapper = browser == Path::new("/usr/bin/chromium-headless-shell");
    if is_wrapper && Path::new(HEADLESS_SHELL).is_file() { HEADLESS_SHELL.into() } else { browser }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[test]
    fn without_a_driver_we_say_how_to_get_one() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = look(false, None, None, folder.path().as_os_str()).unwrap_err();
        assert_eq!(
            nothing.to_string(),
            "no browser: AUTHSPEC_DRIVER is not set, and neither chromedriver nor geckodriver is \
             on the PATH; run `./setup.sh` or `apt-get install chromium chromium-driver`, name a \
             running WebDriver server with `--webdriver URL`, or use `--agent forms` to run \
             without a browser"
        );
        let wrong = look(false, Some("/none/driver".as_ref()), None, "".as_ref()).unwrap_err();
        assert!(wrong.to_string().starts_with("no browser: AUTHSPEC_DRIVER=/none/driver is no"));
    }

    #[test]
    fn the_kind_is_told_by_the_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("geckodriver"), "").unwrap();
        let found = look(false, None, None, folder.path().as_os_str()).unwrap();
        assert_eq!((found.kind, found.browser), (DriverKind::Firefox, None));
    }

    #[test]
    fn drivers_tell_their_port() {
        for (line, port) in [
            ("ChromeDriver was started successfully on port 40123.", Some(40123)),
            ("1700000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:4444", Some(4444)),
            ("Only local connections are allowed.", None),
        ] {
            assert_eq!(port_in(line), port);
        }
    }

    fn program(folder: &TempDir, script: &str) -> PathBuf {
        let program = folder.path().join("driver");
        std::fs::write(&program, script).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        program
    }

    #[tokio::test]
    async fn a_driver_that_does_not_start_has_the_last_word() {
        let folder = tempfile::tempdir().unwrap();
        let program = program(&folder, "#!/bin/sh\necho cannot open shared object >&2\n");
        let (_process, output) = Process::spawn(&program).unwrap();
        assert_eq!(port(output).await, Err("cannot open shared object".to_owned()));
    }

    #[tokio::test]
    async fn nobody_outlives_us_however_we_end() {
        let folder = tempfile::tempdir().unwrap();
        let program = program(&folder, "#!/bin/sh\nsleep 60 & sleep 60\n");
        for is_dropped in [true, false] {
            let (mut process, mut output) = Process::spawn(&program).unwrap();
            let profile = process.folder.path().to_owned();
            if is_dropped {
                drop(process);
                assert!(!profile.exists());
            } else {
                // As the system does when it ends this process.
                process._stdin = None;
                std::mem::forget(process);
            }
            // All of them hold the other end.
            let gone = timeout(Duration::from_secs(5), output.read_to_end(&mut Vec::new())).await;
            assert!(gone.is_ok(), "dropped: {is_dropped}");
        }
    }
}
