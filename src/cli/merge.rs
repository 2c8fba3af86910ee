//! `authspec merge`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::MergeArgs;
use super::command_error::CommandError;
use super::report::tried;
use super::write::write_results;
use crate::report::{Merged, Results, Row, SideBySide, merge, move_evidence, stale};
use crate::source::counted;

/// Merges the parts of runs against one or several targets, with their evidence.
pub(super) fn merge_parts(args: &MergeArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let mut targets: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for folder in &args.parts {
        let names = tried(folder)?;
        if names.is_empty() {
            let why = "no folder in it has a results.json";
            return Err(CommandError::Usage(format!("cannot merge {}: {why}", folder.display())));
        }
        for name in names {
            match targets.iter_mut().find(|(known, _)| *known == name) {
                Some((_, folders)) => folders.push(folder.clone()),
                None => targets.push((name, vec![folder.clone()])),
            }
        }
    }
    // A mistake in the last target is reported before the first is written.
    let joined: Vec<_> =
        targets.iter().map(|(name, folders)| join(name, folders)).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for ((name, folders), merged) in targets.iter().zip(joined) {
        write(name, folders, &merged, &args.output)?;
        let (parts, cases) = (counted(folders.len(), "part"), merged.results.cases.len());
        writeln!(out, "{name}: {}, merged from {parts}", counted(cases, "case"))?;
        merged.results.stale.iter().try_for_each(|known| stale(known, out))?;
        rows.push(Row::from(&merged.results));
    }
    write!(out, "\n{}", SideBySide(&rows))?;
    Ok(ExitCode::from(SideBySide(&rows).exit_code()))
}

fn join(name: &str, folders: &[PathBuf]) -> Result<Merged, CommandError> {
    let parts = folders.iter().map(|folder| Results::read(folder, name));
    let parts = parts.collect::<Result<Vec<_>, _>>().map_err(CommandError::Usage)?;
    merge(&parts).map_err(|why| CommandError::Usage(format!("cannot merge {name}: {why}")))
}

fn write(
    name: &str,
    folders: &[PathBuf],
    merged: &Merged,
    output: &Path,
) -> Result<(), CommandError> {
    let Merged { results, from } = merged;
    for (case, index) in results.cases.iter().zip(from) {
        move_evidence(&folders[*index], output, name, &results.run, case).map_err(|error| {
            CommandError::Usage(format!("cannot write {}: {error}", output.display()))
        })?;
    }
    write_results(&output.join(name).join("results.json"), results)
}
