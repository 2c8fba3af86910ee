//! Starting the server that a target file is about.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::command_error::CommandError;
use crate::target::Start;
use crate::wire::printable;

/// The exit code of a server that cannot be had on this machine.
const NOT_HERE: i32 = 69;

/// How long a server may take to install what it lacks, and to be ready.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a server may take to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// How long processes that were killed may take to be gone. Those that have ended count until the
/// system's first process has waited for them, which some never do.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// Becomes the program, and ends it with all that it started once our end of standard input is
/// closed, however this process may die.
const GUARD: &str = r#"exec 3<&0
    (read -r _; trap '' TERM; kill 0; sleep 2; kill -KILL 0) <&3 3<&- >/dev/null 2>&1 &
    exec 3<&-; exec "$@" </dev/null"#;

/// The program beside a target file that starts its server.
///
/// # Errors
/// When there is none.
pub(super) fn program(file: &Path, start: &Start) -> Result<PathBuf, CommandError> {
    let program = file.with_file_name(&start.command);
    if program.is_file() {
        return Ok(program);
    }
    let right = "write one, or name another by `[start]` and `command = \"…\"`";
    let (file, program) = (file.display(), program.display());
    Err(CommandError::Usage(format!("{file} has no program {program} beside it; {right}")))
}

/// A server in a process group of its own, where no Ctrl-C reaches it before us; it runs until it is
/// ended, or dropped.
pub(super) struct Server {
    child: Child,
    group: Option<Pid>,
    /// Open as long as the server is to live.
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

    /// Ends the server, and waits until its port is free for the next one.
    pub(super) async fn end(&mut self) {
        self.tell(Signal::TERM);
        // What does not end is killed when it is dropped.
        let _ = tokio::time::timeout(LAST_WORDS, self.child.wait()).await;
    }

    /// Sends a signal to the server and all that it started.
    fn tell(&self, signal: Signal) {
        if let Some(group) = self.group {
            // They may have ended by themselves.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Waits until the server says that it is ready, or ends.
    async fn ready(&mut self) -> Result<(), String> {
        let (Some(out), Some(mut err)) = (self.child.stdout.take(), self.child.stderr.take())
        else {
            return Ok(());
        };
        let mut out = BufReader::new(out);
        let mut line = String::new();
        while out.read_line(&mut line).await.is_ok_and(|count| count > 0) {
            if line.starts_with("ready") {
                // The rest of what it says is nobody's concern, but has to go somewhere.
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
        // What it could not say, its exit code has to.
        let _ = err.read_to_string(&mut why).await;
        let status = self.child.wait().await.map_err(|error| error.to_string())?;
        let why = printable(why.trim());
        Err(match status.code() {
            Some(NOT_HERE) => format!("it cannot be had here: {why}"),
            _ => format!("{status}: {why}"),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where nobody waits for its end, it has to come at once; and the next server wants the port
        // that a process of this one may hold still.
        self.tell(Signal::KILL);
        for _ in 0..LAST_BREATH.as_millis() {
            // The leader counts until it is waited for.
            let _ = self.child.try_wait();
            if self.group.is_none_or(|group| test_kill_process_group(group).is_err()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
