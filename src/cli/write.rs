//! Writing the files that a command makes.

use std::path::Path;

use super::command_error::CommandError;
use crate::report::{Results, write_file};

/// Writes a report to a file, and creates its folder if needed.
pub(super) fn write_report(path: &Path, text: &str) -> Result<(), CommandError> {
    write_file(path, text.as_bytes())
        .map_err(|error| CommandError::Usage(format!("cannot write {}: {error}", path.display())))
}

/// Writes a `results.json`.
pub(super) fn write_results(path: &Path, results: &Results) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(results).map_err(std::io::Error::other)?;
    write_report(path, &(text + "\n"))
}
