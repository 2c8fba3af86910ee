//! A server that runs as long as a test needs it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process_group};

/// The exit code of a server that cannot be had on this machine.
const NOT_HERE: i32 = 69;

/// The server of a target file; it ends with the test.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it with the variables that ask for a kind of it, between spaces, and waits until it says that it is
    /// ready; nothing where it cannot be had here, which is an error where `CI` is set.
    pub(super) fn start(target: &Path, kind: Option<&str>) -> Result<Option<Self>, Failed> {
        let mut start = Command::new(target.with_file_name("start"));
        start.envs(kind.into_iter().flat_map(str::split_whitespace).map(|name| (name, "1")));
        let mut child = start
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().ok_or("its output is not read")?;
        let mut server = Self(child);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        if lines.any(|line| line.starts_with("ready")) {
            // What it says later is read too, or it might wait for that.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(Some(server));
        }
        let is_missing = server.0.wait()?.code() == Some(NOT_HERE);
        match is_missing && std::env::var_os("CI").is_none() {
            true => Ok(None),
            false => Err(format!("the server of {} does not start", target.display()).into()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
