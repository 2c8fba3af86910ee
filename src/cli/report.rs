//! `authspec report`.

use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use askama::Template;

use super::args::{HarArgs, MatrixArgs, MatrixFormat, ReportArgs, ReportCommand};
use super::command_error::CommandError;
use super::prepare::{ruleset, suites};
use super::write::write_report;
use crate::report::{Coverage, Format, Matrix, MatrixHtml, MatrixMarkdown, Record, Results};
use crate::source::nearest;

/// Creates a report from the results of earlier runs.
pub(super) fn report(
    command: &ReportCommand,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    match command {
        ReportCommand::Matrix(args) => matrix(args, out),
        #[cfg(feature = "junit")]
        ReportCommand::Junit(args) => on_runs(Format::Junit, args, out),
        ReportCommand::Sarif(args) => on_runs(Format::Sarif, args, out),
        ReportCommand::Markdown(args) => on_runs(Format::Markdown, args, out),
        ReportCommand::Github(args) => on_runs(Format::Github, args, out),
        ReportCommand::Har(args) => har(args, out),
        ReportCommand::Postman(args) => on_runs(Format::Postman, args, out),
        ReportCommand::Html(args) => on_runs(Format::Html, args, out),
    }
}

/// A report on the last complete runs of the named targets, or of all.
fn on_runs(
    format: Format,
    args: &ReportArgs,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let text = format.render(&records(args)?).map_err(CommandError::Usage)?;
    write(&text, args.output.as_deref(), out)
}

/// The exchanges of the last complete runs, or of one of their cases.
fn har(HarArgs { runs, case }: &HarArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let mut records = records(runs)?;
    if let Some(case) = case {
        let ids = records.iter().flat_map(|record| &record.results.cases).map(|case| &case.id);
        let ids: Vec<_> = ids.cloned().collect();
        for record in &mut records {
            record.keep(case);
        }
        if records.iter().all(|record| record.results.cases.is_empty()) {
            let near = nearest(case, ids.iter().map(String::as_str));
            let near = near.map(|id| format!("; did you mean {id}?")).unwrap_or_default();
            return Err(CommandError::Usage(format!("no results for the case {case}{near}")));
        }
    }
    let text = Format::Har.render(&records).map_err(CommandError::Usage)?;
    write(&text, runs.output.as_deref(), out)
}

fn records(args: &ReportArgs) -> Result<Vec<Record>, CommandError> {
    let read = |name: &String| Record::read(&args.evidence, name).map_err(CommandError::Usage);
    named(&args.targets, &args.evidence)?.iter().map(read).collect()
}

/// Writes a report to a file, or to standard output.
fn write(text: &str, path: Option<&Path>, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    match path {
        Some(path) => write_report(path, text)?,
        None => write!(out, "{text}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn matrix(args: &MatrixArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let results = results(args)?;
    let suites = suites(args.suites.as_deref())?;
    let mut rulesets = Vec::new();
    for results in &results {
        let name = results.ruleset.as_str();
        if !rulesets.iter().any(|(known, _)| *known == name) {
            rulesets.push((name, ruleset(&suites, name)?));
        }
    }
    let matrix = Matrix::new(&Coverage::new(&suites, &rulesets, &[]), &results);
    let text = match args.format {
        MatrixFormat::Html => {
            let link = way(args.output.as_deref(), &args.evidence)?;
            let page = MatrixHtml { matrix: &matrix, evidence: &args.evidence, link: &link };
            page.render().map_err(std::io::Error::other)?
        }
        MatrixFormat::Markdown => {
            let link = way(args.output.as_deref(), &args.snapshot_dir)?;
            let snapshots = args.snapshot_dir.as_path();
            MatrixMarkdown { matrix: &matrix, snapshots, link: &link }.to_string()
        }
    };
    write(&text, args.output.as_deref(), out)
}

/// The results of the named targets, or of all, by name.
fn results(args: &MatrixArgs) -> Result<Vec<Results>, CommandError> {
    let names = named(&args.targets, &args.evidence)?;
    let read = |name: &String| Results::read(&args.evidence, name).map_err(CommandError::Usage);
    names.iter().map(read).collect()
}

/// The named targets, or all under the folder that have results.
fn named(targets: &[String], evidence: &Path) -> Result<Vec<String>, CommandError> {
    let names = if targets.is_empty() { tried(evidence)? } else { targets.to_vec() };
    if names.is_empty() {
        let why = "no target has a complete run yet: there is no results.json under";
        let folder = evidence.display();
        return Err(CommandError::Usage(format!("{why} {folder}; try `authspec run` first")));
    }
    let there = |name: &&String| evidence.join(name).join("results.json").is_file();
    if let Some(unknown) = names.iter().find(|name| !there(name)) {
        let tried = tried(evidence)?.join(", ");
        let right = if tried.is_empty() { "run all its cases first" } else { "known are " };
        let why = format!("there are no results of {unknown} in {}", evidence.display());
        return Err(CommandError::Usage(format!("{why}; {right}{tried}")));
    }
    Ok(names)
}

/// The targets under a folder that have results, by name.
pub(super) fn tried(folder: &Path) -> Result<Vec<String>, CommandError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join("results.json").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The relative path from the folder of a file to another folder.
pub(super) fn way(from: Option<&Path>, to: &Path) -> Result<String, CommandError> {
    let from = from.and_then(Path::parent).unwrap_or(Path::new(""));
    let (from, to) = (std::path::absolute(from.join("."))?, std::path::absolute(to)?);
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[same..].iter().map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to[same..].iter().copied()).collect();
    Ok(way.to_string_lossy().into_owned())
}
