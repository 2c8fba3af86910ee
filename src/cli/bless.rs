//! `authspec run --bless`: what fails now becomes known, once somebody says why.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::args::RunArgs;
use super::command_error::CommandError;
use super::operands::{are_filtered, split};
use crate::report::{Blessing, bless};
use crate::run::{CaseResult, Run};
use crate::source::counted;
use crate::target::known_file;
use std::sync::Arc;

/// Refuses to bless what is no whole run of targets with files.
pub(super) fn check(args: &RunArgs) -> Result<(), CommandError> {
    let (files, _) = split(&args.words);
    let why = match files.as_slice() {
        _ if !args.bless => return Ok(()),
        [] => "the embedded server has no known.toml; name a target file",
        _ if args.partition.is_some() => "only a whole run says what fails; leave out --partition",
        _ if are_filtered(args) => "only a whole run says what fails; leave out the filters",
        _ => return Ok(()),
    };
    Err(CommandError::Usage(format!("cannot --bless: {why}")))
}

/// Adds what fails to the `known.toml` of the target, unless the run was not `whole`.
pub(super) fn add(
    file: &Path,
    run: &Run,
    results: &[Arc<CaseResult>],
    whole: bool,
    strict: bool,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    if !whole {
        writeln!(out, "\nnothing is blessed, as this was no whole run")?;
        return Ok(());
    }
    let Blessing { text, added, by_hand } = bless(&run.target, results, strict);
    let path = known_file(file);
    let shown = path.display();
    if !added.is_empty() {
        let cannot = |error| CommandError::Usage(format!("cannot write {shown}: {error}"));
        append(&path, &text).map_err(cannot)?;
        let entries = if added.len() == 1 {
            "1 entry".to_owned()
        } else {
            format!("{} entries", added.len())
        };
        writeln!(
            out,
            "\nblessed: {entries} added to {shown}; fill in each `reason = \"\"`, or it is refused:"
        )?;
        added.iter().try_for_each(|id| writeln!(out, "  {id}"))?;
    }
    if !by_hand.is_empty() {
        let cases = counted(by_hand.len(), "case");
        writeln!(
            out,
            "\nnot blessed: {cases} of which {shown} says something else; mend that by hand:"
        )?;
        by_hand.iter().try_for_each(|id| writeln!(out, "  {id}"))?;
    }
    if added.is_empty() && by_hand.is_empty() {
        writeln!(out, "\nnothing to bless: nothing fails that is not known")?;
    }
    Ok(())
}

/// Puts the text at the end of the file, on lines of its own.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let before = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        before => Some(before?),
    };
    let text = match before {
        None => text.trim_start_matches('\n').to_owned(),
        Some(before) if before.is_empty() || before.ends_with('\n') => text.to_owned(),
        Some(_) => format!("\n{text}"),
    };
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}
