//! `authspec list`.

use std::io::Write;
use std::process::ExitCode;

use super::args::RunArgs;
use super::prepare::{Wrong, prepare};

/// Lists the cases that a run with these arguments would try.
pub(super) fn list(args: &RunArgs, out: &mut dyn Write) -> Result<ExitCode, Wrong> {
    let prepared = prepare(args)?;
    for plan in prepared.plans() {
        let (cite, level, sentence) = plan.law();
        writeln!(out, "{:<52} {:<16} {level:<7} {sentence}", plan.id, cite.to_string())?;
    }
    writeln!(out, "\n{} cases under the ruleset {}", prepared.plans().len(), prepared.ruleset)?;
    Ok(ExitCode::SUCCESS)
}
