//! `authspec run --bless`: failures become known deviations, once someone fills in the reasons.

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

/// Refuses to bless anything but a complete run of targets with files.
pub(super) fn check(args: &RunArgs) -> Result<(), CommandError> {
    let (files, _) = split(&args.words);
    let why = match files.as_slice() {
        _ if !args.bless => return Ok(()),
        [] => "the built-in server has no known.toml; name a target file",
        _ if args.partition.is_some() => "it needs a complete run; leave out --partition",
        _ if are_filtered(args) => "it needs a complete run; leave out the filters",
        _ => return Ok(()),
    };
    Err(CommandError::Usage(format!("cannot --bless: {why}")))
}

/// Adds failures to the `known.toml` of the target, if the run was complete (`whole`).
pub(super) fn add(
    file: &Path,
    run: &Run,
    results: &[Arc<CaseResult>],
    whole: bool,
    strict: bool,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    if !whole {
        writeln!(out, "\nnothing blessed: the run was not complete")?;
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
            "\nblessed: {entries} added to {shown}; fill in each `reason = \"\"`, as empty ones are refused:"
        )?;
        added.iter().try_for_each(|id| writeln!(out, "  {id}"))?;
    }
    if !by_hand.is_empty() {
        let cases = counted(by_hand.len(), "case");
        writeln!(
            out,
            "\nnot blessed: {cases} with a different entry in {shown}; correct it by hand:"
        )?;
        by_hand.iter().try_for_each(|id| writeln!(out, "  {id}"))?;
    }
    if added.is_empty() && by_hand.is_empty() {
        writeln!(out, "\nnothing to bless: every failure is known")?;
    }
    Ok(())
}

/// Appends the text to the file, on new lines.
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
