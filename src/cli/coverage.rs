//! `authspec coverage`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::args::{CoverageArgs, CoverageFormat};
use super::command_error::CommandError;
use super::prepare::{ruleset, suites};
use crate::report::{Coverage, sentences};

/// Shows which requirements have cases, and why the others have none.
pub(super) fn coverage(args: &CoverageArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let suites = suites(args.suites.as_deref())?;
    let rulesets = match &args.ruleset {
        Some(name) => vec![(name.as_str(), ruleset(&suites, name)?)],
        None => suites.rulesets.iter().map(|(name, ruleset)| (name.as_str(), ruleset)).collect(),
    };
    let sentences = sentences().map_err(CommandError::Usage)?;
    let coverage = Coverage::new(&suites, &rulesets, &sentences);
    match args.format {
        CoverageFormat::Markdown => write!(out, "{coverage}")?,
        CoverageFormat::Json => {
            let text = serde_json::to_string_pretty(&coverage).map_err(io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
