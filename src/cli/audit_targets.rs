//! The servers to audit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::{AuditArgs, RunArgs};
use super::command_error::CommandError;
use super::prepare::{Subject, subject};
use crate::suite::Suites;

/// The servers named on the command line and in the list, in that order. All files are read before
/// anything is sent.
///
/// # Errors
/// What is wrong with a file, or that two servers have the same name.
pub(super) fn subjects(
    args: &AuditArgs,
    run: &RunArgs,
    suites: &Suites,
) -> Result<Vec<Subject>, CommandError> {
    let mut named = args.targets.clone();
    if let Some(list) = &args.list {
        named.extend(listed(list)?);
        if named.is_empty() {
            let why = "names no server: write target files or issuers, one per line";
            return Err(CommandError::Usage(format!("{} {why}", list.display())));
        }
    }
    if named.is_empty() {
        return Ok(vec![subject(None, run, suites, None)?]);
    }
    let one = |name: &String| match is_issuer(name) {
        true => Subject::of_issuer(name, run.ca.as_deref()),
        false => subject(Some(PathBuf::from(name)), run, suites, None),
    };
    let subjects = named.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    match subjects.iter().find(|subject| !names.insert(subject.target.name.clone())) {
        Some(twice) => Err(CommandError::Usage(two_of_one_name(&twice.target.name))),
        None => Ok(subjects),
    }
}

/// The error about two servers with the same name.
pub(super) fn two_of_one_name(name: &str) -> String {
    format!(
        "two servers are named `{name}`, so their evidence would be mixed up; change the `name` of one \
        in its target file"
    )
}

fn is_issuer(name: &str) -> bool {
    name.starts_with("https://") || name.starts_with("http://")
}

/// The lines of a list without comments. Paths are relative to the list.
fn listed(list: &Path) -> Result<Vec<String>, CommandError> {
    let text = std::fs::read_to_string(list).map_err(|error| {
        let right = "name a file with target files or issuers, one per line";
        CommandError::Usage(format!("cannot read {}: {error}; {right}", list.display()))
    })?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let bare = text.lines().map(|line| match line.split_once('#') {
        // An issuer has no fragment, and few file names have a space before a hash.
        Some((before, _)) => before.trim(),
        None => line.trim(),
    });
    let place = |line: &str| match is_issuer(line) {
        true => line.to_owned(),
        false => folder.join(line).display().to_string(),
    };
    Ok(bare.filter(|line| !line.is_empty()).map(place).collect())
}
