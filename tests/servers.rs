//! Real servers that nobody here wrote: each is started, and tried with the real browser.
//!
//! Nothing may fail but what their `known.toml` says, nothing may be inconclusive, and their answers
//! must be those of the snapshots. Where a server cannot be installed its test is ignored with the
//! reason, but never where `CI` is set.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// The exit code of a `start` that cannot be had on this machine.
const NOT_HERE: i32 = 69;

/// Folder, target file, and whether the server is to be configured laxly.
const SERVERS: &[(&str, &str, bool)] = &[
    ("oidc-provider", "target.toml", false),
    ("oidc-provider", "target-lax.toml", true),
    ("glewlwyd", "target.toml", false),
    ("glewlwyd", "target-lax.toml", true),
];

/// The redirect URIs of all of them are on one port, so that they have to take turns.
static TURN: Mutex<()> = Mutex::new(());

fn main() -> ExitCode {
    let trial = |&(folder, file, lax): &(&'static str, &'static str, bool)| {
        let name = format!("{folder}{}", if lax { "-lax" } else { "" });
        Trial::ignorable_test(name, move || try_server(folder, file, lax))
    };
    libtest_mimic::run(&Arguments::from_args(), SERVERS.iter().map(trial).collect()).exit_code()
}

fn try_server(folder: &str, file: &str, lax: bool) -> Result<Completion, Failed> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let _server = match Server::start(&root.join("fixtures").join(folder), lax) {
        Ok(server) => server,
        Err(NotStarted::NotHere(why)) if std::env::var_os("CI").is_none() => {
            return Ok(Completion::ignored_with(why));
        }
        Err(NotStarted::NotHere(why) | NotStarted::Failed(why)) => return Err(why.into()),
    };
    let target: PathBuf = ["fixtures", folder, file].iter().collect();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .current_dir(root)
        .args(["run", &target.display().to_string(), "--agent", "hybrid", "--snapshots"])
        .arg(std::env::var("AUTHSPEC_SNAPSHOTS").unwrap_or_else(|_| "check".to_owned()))
        .output()?;
    if run.status.success() {
        return Ok(Completion::Completed);
    }
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&run.stderr);
    Err(format!("{said}{complaints}{}", run.status).into())
}

/// A server that runs until it is dropped.
struct Server(Child);

enum NotStarted {
    /// It cannot be had on this machine.
    NotHere(String),
    /// It should have started.
    Failed(String),
}

impl Server {
    fn start(folder: &Path, lax: bool) -> Result<Self, NotStarted> {
        let failed = |error: std::io::Error| NotStarted::Failed(error.to_string());
        let mut child = Command::new(folder.join("start"))
            .env("LAX", if lax { "1" } else { "" })
            .env_remove("PORT")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let ready =
            out.by_ref().lines().map_while(Result::ok).any(|line| line.starts_with("ready "));
        if ready {
            // The rest of what it says is nobody's concern, but has to go somewhere.
            let mut err = child.stderr.take().expect("it is piped");
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
            std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
            return Ok(Self(child));
        }
        let mut why = String::new();
        if let Some(mut err) = child.stderr.take() {
            err.read_to_string(&mut why).map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        let why = why.trim().to_owned();
        match status.code() {
            Some(NOT_HERE) => Err(NotStarted::NotHere(why)),
            _ => Err(NotStarted::Failed(format!("{} {status}: {why}", folder.display()))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `start` becomes the server, and ends it on SIGTERM.
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
