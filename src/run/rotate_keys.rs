//! The operator's part: makes the server sign with another key, as the target file says.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::perform::PerformContext;
use super::transcript::{Outcome, Performed};
use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::suite::Step;
use crate::target::{KeyRotation, Target};
use crate::wire::{Blocked, printable, shortened};

/// The longest time that a command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many characters of what it says are told.
const MOST_SAID: usize = 120;

impl PerformContext<'_> {
    /// Does what the target file says, and waits until it is done.
    pub(super) async fn rotate_keys(&self, step: &Step) -> Performed {
        let mut performed = Performed::new(step, Outcome::Operated);
        let done = match &self.target.rotate_keys {
            None => Err("the target file does not say how".to_owned()),
            Some(KeyRotation::Post(url)) => {
                self.send(&Request::new(Method::Post, url), &mut performed).await;
                match performed.answer().map(|answer| answer.status) {
                    Some(200..300) => Ok(()),
                    Some(status) => Err(format!("the answer was {status}")),
                    None => Err("there was no answer".to_owned()),
                }
            }
            Some(KeyRotation::Command(command)) => run(command, self.target).await,
        };
        performed.outcome = match done {
            Ok(()) => Outcome::Operated,
            Err(why) => Outcome::Blocked(Blocked::Unseen(format!("`rotate_keys` failed: {why}"))),
        };
        performed
    }
}

/// Runs the command in the folder of the target file. Messages do not show it, as it may contain a secret.
async fn run(command: &str, target: &Target) -> Result<(), String> {
    let folder = Path::new(&target.source.name).parent().filter(|it| !it.as_os_str().is_empty());
    let child = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder.unwrap_or(Path::new(".")))
        .env("AUTHSPEC_ISSUER", &target.issuer.text)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let limit = || format!("the command did not end within {} s", PATIENCE.as_secs());
    let output = tokio::time::timeout(PATIENCE, child).await.map_err(|_| limit())?;
    let output = output.map_err(|error| format!("the command cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = shortened(&printable(last.unwrap_or("it says nothing")), MOST_SAID);
    Err(format!("the command ended with {}: {last}", output.status))
}
