//! `authspec list`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::args::RunArgs;
use super::command_error::CommandError;
use super::list_args::{ListArgs, ListFormat};
use super::prepare::prepare;
use super::shown::style;
use crate::report::CaseList;

/// Lists the cases that a run with these arguments would execute.
pub(super) fn list(args: &ListArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let prepared = prepare(&of_run(args))?;
    let list = CaseList::new(&prepared.target, &prepared.ruleset, prepared.plans());
    match args.format {
        ListFormat::Text => list.write(style(args.color), out)?,
        ListFormat::Json => {
            let text = serde_json::to_string_pretty(&list).map_err(io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The arguments of the run whose cases are listed.
fn of_run(args: &ListArgs) -> RunArgs {
    let ListArgs { words, filters, rerun_failed, partition, ruleset, .. } = args.clone();
    let ListArgs { slow, register, evidence, suites, .. } = args.clone();
    RunArgs {
        words,
        filters,
        rerun_failed,
        partition,
        ruleset,
        slow,
        register,
        evidence,
        suites,
        ..RunArgs::default()
    }
}
