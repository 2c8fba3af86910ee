//! Sessions that the processes of one run share: one signs in, the others continue with its
//! cookies.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::agent_state::AgentState;

/// How long a session is valid after it was written; a slower process signs in again.
const LIFE: Duration = Duration::from_secs(600);

/// The prefix of the names of these files.
const PREFIX: &str = "authspec-session-";

/// How much of a file is read: a valid one is far smaller.
const LIMIT: u64 = 1024 * 1024;

/// The session file of one server, locked by this process.
///
/// The lock is held from opening to dropping: what one process does to a server may end the
/// sessions and invalidate the tokens that another depends on, so they take turns. The file
/// contains cookies: only its owner can read it, it expires soon, and it is used only if it is
/// certainly valid.
#[derive(Debug)]
pub struct SessionFile {
    file: File,
    mark: String,
    memory: Option<AgentState>,
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Identifies the run, the target and its login script.
    mark: String,
    /// When it expires, in seconds since 1970.
    expires: u64,
    memory: AgentState,
}

impl SessionFile {
    /// Opens the file of the server with this issuer, waiting until no other process has it, and
    /// removes expired files of other servers. The session is used only if `marks` are the same:
    /// which run it is, who signs in, and how.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn open(folder: &Path, issuer: &str, marks: &[&str]) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{PREFIX}{}.json", &digest(&[issuer])[..16]));
        remove_outdated(folder, &path);
        let mut file = loop {
            let file = open(&path)?;
            file.lock()?;
            // The previous owner may have removed it meanwhile: then this is not the file that
            // others find.
            if is_at(&file, &path) {
                break file;
            }
        };
        let is_private = file.metadata()?.mode() & 0o077 == 0;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let mark = digest(&[&[issuer], marks].concat());
        let kept = read(&mut file).filter(|kept| is_private && kept.is_good() && kept.mark == mark);
        if kept.is_none() {
            file.set_len(0)?;
        }
        Ok(Self { file, mark, memory: kept.map(|kept| kept.memory) })
    }

    /// What the previous process has left, if anything.
    pub fn memory(&self) -> Option<&AgentState> {
        self.memory.as_ref()
    }

    /// Saves this for the next process, if it has changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&mut self, memory: AgentState) -> io::Result<()> {
        if memory.sessions.is_empty() || self.memory.as_ref() == Some(&memory) {
            return Ok(());
        }
        let expires = now() + LIFE.as_secs();
        let kept = Stored { mark: self.mark.clone(), expires, memory };
        let text = serde_json::to_vec(&kept)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)?;
        self.memory = Some(kept.memory);
        Ok(())
    }
}

impl Stored {
    fn is_good(&self) -> bool {
        let now = now();
        // One that expires later than any valid one was written by another clock.
        now < self.expires && self.expires <= now + LIFE.as_secs()
    }
}

fn open(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|it| !it.is_file()) {
        let why = format!("{} is not a regular file; remove it", path.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(own), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (own.dev(), own.ino()) == (there.dev(), there.ino())
}

fn read(file: &mut File) -> Option<Stored> {
    let mut text = Vec::new();
    file.take(LIMIT).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Removes the session files of other servers that are not locked and have expired.
fn remove_outdated(folder: &Path, own: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_session = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(PREFIX) && path.as_path() != own
    };
    for path in entries.filter(is_session) {
        let Ok(mut file) = open(&path) else { continue };
        // A locked file is in use.
        if file.try_lock().is_err() || read(&mut file).is_some_and(|kept| kept.is_good()) {
            continue;
        }
        if is_at(&file, &path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// The boundaries between words make a difference.
fn digest(words: &[&str]) -> String {
    let mut digest = Sha256::new();
    for word in words {
        digest.update(word.len().to_be_bytes());
        digest.update(word);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

#[cfg(test)]
#[path = "session_file_tests.rs"]
mod tests;
