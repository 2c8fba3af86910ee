//! Whose turn it is to use a server: what it keeps, and the ports of its target files, are for one test at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libtest_mimic::Failed;

use super::running::Running;

/// Folders of servers that take long to start, and serve all of their target files at once. They run until all tests
/// have ended.
const KEPT: &[&str] = &["fixtures/keycloak"];

/// One for each folder of `fixtures/`. Redirect URIs may be on one port, as a run that finds it taken uses another.
static TURNS: Mutex<BTreeMap<PathBuf, &'static Mutex<Option<Running>>>> =
    Mutex::new(BTreeMap::new());

/// The right to use the servers of a folder, until it is dropped.
pub(crate) struct Turn {
    server: MutexGuard<'static, Option<Running>>,
    is_kept: bool,
}

impl Turn {
    /// Waits until no other test uses the server of the target file.
    pub(crate) fn wait(target: &str) -> Self {
        let folder = Path::new(target).parent().map(Path::to_owned).unwrap_or_default();
        let is_kept = KEPT.iter().any(|kept| folder.ends_with(kept));
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = *turns.entry(folder).or_insert_with(|| Box::leak(Box::default()));
        drop(turns);
        Self { server: turn.lock().unwrap_or_else(PoisonError::into_inner), is_kept }
    }

    /// Starts the server of the target file if it does not run; says whether it can be had here.
    pub(crate) fn start(&mut self, target: &Path) -> Result<bool, Failed> {
        let is_lax = target.to_string_lossy().contains("-lax");
        self.start_as(target, if is_lax { Some("LAX") } else { None })
    }

    /// The same for a server of another kind, by the variables that ask for it, between spaces.
    pub(crate) fn start_as(&mut self, target: &Path, kind: Option<&str>) -> Result<bool, Failed> {
        if self.server.is_none() {
            *self.server = Running::start(target, kind)?;
        }
        Ok(self.server.is_some())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_kept {
            *self.server = None;
        }
    }
}

/// Stops the servers that are kept.
pub(crate) fn stop_all() {
    let turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    for turn in turns.values() {
        *turn.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
