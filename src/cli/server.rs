//! Starts the server that a target file describes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::command_error::CommandError;
use crate::target::Start;
use crate::wire::printable;

/// The exit code of a start program whose server is not available on this machine.
const NOT_HERE: i32 = 69;

/// How long a server may take to install its dependencies and become ready.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a server may take to stop when asked.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// How long killed processes may take to disappear. Ended processes remain until the
/// init process reaps them, which some never do.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// Runs the program, and kills it with its children once the other end of standard input is closed,
/// even if this process crashes.
const GUARD: &str = r#"exec 3<&0
    (read -r _; trap '' TERM; kill 0; sleep 2; kill -KILL 0) <&3 3<&- >/dev/null 2>&1 &
    exec 3<&-; exec "$@" </dev/null"#;

/// The start program next to a target file.
///
/// # Errors
/// If there is none.
pub(super) fn program(file: &Path, start: &Start) -> Result<PathBuf, CommandError> {
    let program = file.with_file_name(&start.command);
    if program.is_file() {
        return Ok(program);
    }
    let right = "write one, or name another with `command = \"…\"` in `[start]`";
    let (file, program) = (file.display(), program.display());
    Err(CommandError::Usage(format!("there is no program `{program}` next to {file}; {right}")))
}

/// A server in its own process group, which Ctrl-C does not reach. It runs until it is
/// stopped or dropped.
pub(super) struct Server {
    child: Child,
    group: Option<Pid>,
    /// Keeps the server running while open.
    _stdin: Option<ChildStdin>,
}

impl Server {
    /// Starts a server, and waits until it is ready.
    pub(super) async fn start(program: &Path, start: &Start) -> Result<Self, CommandError> {
        let shown = program.display();
        let cannot = |why: String| CommandError::Target(format!("{shown} did not start: {why}"));
        let mut child = Command::new("sh")
            .args(["-c", GUARD, "authspec"])
            .arg(std::path::absolute(program)?)
            .envs(&start.env)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| cannot(error.to_string()))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut server = Self { _stdin: child.stdin.take(), child, group };
        let ready = tokio::time::timeout(PATIENCE, server.ready()).await;
        match ready {
            Ok(Ok(())) => Ok(server),
            Ok(Err(why)) => Err(cannot(why)),
            Err(_) => Err(cannot(format!("it was not ready after {} s", PATIENCE.as_secs()))),
        }
    }

    /// Stops the server, and waits until its port is free for the next one.
    pub(super) async fn end(&mut self) {
        self.tell(Signal::TERM);
        // A process that does not end is killed on drop.
        let _ = tokio::time::timeout(LAST_WORDS, self.child.wait()).await;
    }

    /// Sends a signal to the server and its children.
    fn tell(&self, signal: Signal) {
        if let Some(group) = self.group {
            // They may already have ended.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Waits until the server reports that it is ready, or ends.
    async fn ready(&mut self) -> Result<(), String> {
        let (Some(out), Some(mut err)) = (self.child.stdout.take(), self.child.stderr.take())
        else {
            return Ok(());
        };
        let mut out = BufReader::new(out);
        let mut line = String::new();
        while out.read_line(&mut line).await.is_ok_and(|count| count > 0) {
            if line.starts_with("ready") {
                // The rest of the output must be read and discarded, or the server would block.
                tokio::spawn(
                    async move { tokio::io::copy(&mut out, &mut tokio::io::sink()).await },
                );
                tokio::spawn(
                    async move { tokio::io::copy(&mut err, &mut tokio::io::sink()).await },
                );
                return Ok(());
            }
            line.clear();
        }
        let mut why = String::new();
        // Without any output, the exit code is the only reason.
        let _ = err.read_to_string(&mut why).await;
        let status = self.child.wait().await.map_err(|error| error.to_string())?;
        let why = printable(why.trim());
        Err(match status.code() {
            Some(NOT_HERE) => format!("it is not available here: {why}"),
            _ => format!("{status}: {why}"),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing waits for the server here, so kill it immediately; the next server needs the port,
        // which a process of this one may still hold.
        self.tell(Signal::KILL);
        for _ in 0..LAST_BREATH.as_millis() {
            // The group leader remains until it is reaped.
            let _ = self.child.try_wait();
            if self.group.is_none_or(|group| test_kill_process_group(group).is_err()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
