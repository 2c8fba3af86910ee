//! `authspec list`.

use std::io::Write;
use std::process::ExitCode;

use super::args::RunArgs;
use super::prepare::{CommandError, prepare};
use crate::source::counted;

/// Lists the cases that a run with these arguments would try.
pub(super) fn list(args: &RunArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let prepared = prepare(args)?;
    for plan in prepared.plans() {
        let (cite, level, sentence) = plan.requirement();
        writeln!(out, "{:<52} {:<16} {level:<7} {sentence}", plan.id, cite.to_string())?;
    }
    let count = counted(prepared.plans().len(), "case");
    writeln!(out, "\n{count} under the ruleset {}", prepared.ruleset)?;
    Ok(ExitCode::SUCCESS)
}
