//! Atomic file writes: a file is complete or absent, however the program ends.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
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
    write_file_with(path, |file| file.write_all(content))
}

/// The same, for content that is written piece by piece, as it may be large.
///
/// # Errors
/// If the folder or the file cannot be written, or the content cannot be made.
pub fn write_file_with<E: From<io::Error>>(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if path.exists() && !path.is_file() {
        // A pipe or a device, such as standard output, cannot be replaced.
        return written(File::create(path)?, content).map(drop);
    }
    let beside = tempfile::Builder::new()
        .prefix(".authspec-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    let beside = written(beside, content)?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file with its content.
fn written<F: Write, E: From<io::Error>>(
    file: F,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<F, E> {
    let mut file = BufWriter::new(file);
    content(&mut file)?;
    file.into_inner().map_err(|error| error.into_error().into())
}
