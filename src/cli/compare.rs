//! `authspec compare`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{CompareArgs, CompareFormat};
use super::command_error::CommandError;
use super::report::tried;
use super::shown::style;
use crate::report::{Comparison, ComparisonMarkdown, ComparisonText, Results};

/// Compares two runs, or two of each of several targets. A newly broken requirement is a failure.
pub(super) fn compare(args: &CompareArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let (old, new) = (side(&args.old)?, side(&args.new)?);
    let comparisons = Comparison::all(&old, &new);
    match args.format {
        CompareFormat::Text => {
            let style = style(args.color);
            write!(out, "{}", ComparisonText { comparisons: &comparisons, style })?;
        }
        CompareFormat::Markdown => write!(out, "{}", ComparisonMarkdown(&comparisons))?,
        CompareFormat::Json => {
            let text = serde_json::to_string_pretty(&comparisons).map_err(io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(ExitCode::from(u8::from(comparisons.iter().any(Comparison::is_broken))))
}

/// The results of one side: a `results.json`, or those in an evidence folder, of one target or several.
fn side(path: &Path) -> Result<Vec<Results>, CommandError> {
    let files: Vec<PathBuf> = if !path.is_dir() {
        vec![path.to_owned()]
    } else if path.join("results.json").is_file() {
        vec![path.join("results.json")]
    } else {
        tried(path)?.iter().map(|name| path.join(name).join("results.json")).collect()
    };
    if files.is_empty() {
        let why = "neither it nor any folder in it has a results.json";
        return Err(CommandError::Usage(format!("cannot compare {}: {why}", path.display())));
    }
    files.iter().map(|file| Results::read_file(file).map_err(CommandError::Usage)).collect()
}
