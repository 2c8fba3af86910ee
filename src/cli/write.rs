//! Writing the files that a command makes.

use std::io::{self, Write};
use std::path::Path;

use askama::Template;

use super::command_error::CommandError;
use crate::report::{Results, Timings, write_file, write_file_with};

/// Writes a report to a file, and creates its folder if needed.
pub(super) fn write_report(path: &Path, text: &str) -> Result<(), CommandError> {
    write_file(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// Writes a report that may be large, piece by piece.
pub(super) fn write_large_report(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    write_file_with(path, content).map_err(|error| match error {
        CommandError::Io(error) => cannot_write(path, &error),
        other => other,
    })
}

fn cannot_write(path: &Path, error: &io::Error) -> CommandError {
    CommandError::Usage(format!("cannot write {}: {error}", path.display()))
}

/// Writes a `results.json`.
pub(super) fn write_results(path: &Path, results: &Results) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(results).map_err(std::io::Error::other)?;
    write_report(path, &(text + "\n"))
}

/// Writes where the time of a run went, as a page.
pub(super) fn write_timings(path: &Path, timings: &Timings) -> Result<(), CommandError> {
    let page = timings.render().map_err(std::io::Error::other)?;
    write_report(path, &page)
}
