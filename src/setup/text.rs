//! Helpers for the text and files that `authspec init` writes.

use std::fs::File;
use std::io;
use std::path::Path;

use toml::Value;
use url::Url;

use super::error::SetupError;
use crate::wire::printable;

/// Refuses to write a file that exists.
///
/// # Errors
/// If it exists.
pub(super) fn refuse_to_overwrite(path: &Path) -> Result<(), SetupError> {
    match path.exists() {
        true => {
            let why = "already exists: choose another file with --output, or move it away";
            Err(SetupError::Usage(format!("{} {why}", path.display())))
        }
        false => Ok(()),
    }
}

/// A name that is valid as a folder name.
pub(super) fn name(issuer: &Url) -> String {
    let host = issuer.host_str().unwrap_or("server").trim_matches(['[', ']']);
    let port = issuer.port().map(|port| format!("-{port}")).unwrap_or_default();
    let last = issuer.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let name = last.map_or(format!("{host}{port}"), |last| format!("{host}{port}-{last}"));
    name.replace(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c), "-")
}

/// Text from a server, made safe for a comment.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ").chars().take(500).collect()
}

/// The path of another file, as a TOML string, as the target file names it, which is from its own folder.
pub(super) fn named_from(target: &Path, path: &Path) -> String {
    let is_here = target.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    let absolute = std::path::absolute(path).ok().filter(|_| !is_here);
    quoted(&absolute.as_deref().unwrap_or(path).display().to_string())
}

/// Text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Texts as a TOML array.
pub(super) fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    Value::Array(texts.map(|text| Value::String(text.to_owned())).collect()).to_string()
}

/// Creates a new file that only its owner can read.
pub(crate) fn secret_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    File::options().write(true).create_new(true).mode(0o600).open(path)
}
