//! Atomic file writes: a file is complete or absent, however the program ends.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Checks that a file can be written later: creates its folder, and a temporary file in it.
///
/// # Errors
/// If the folder or the file cannot be written.
pub fn prepare_file(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if path.exists() && !path.is_file() {
        return std::fs::OpenOptions::new().write(true).open(path).map(drop);
    }
    tempfile::Builder::new().prefix(".authspec-").tempfile_in(folder).map(drop)
}

/// Writes a file, and creates its folder if needed. The file is written under a temporary name first, so that
/// readers never see half of it.
///
/// # Errors
/// If the folder or the file cannot be written.
pub fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if path.exists() && !path.is_file() {
        // A pipe or a device, such as standard output, cannot be replaced.
        return std::fs::write(path, content);
    }
    let mut beside = tempfile::Builder::new()
        .prefix(".authspec-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    beside.write_all(content)?;
    beside.persist(path).map(drop).map_err(|error| error.error)
}
