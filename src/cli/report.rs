//! `authspec report`.

use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use askama::Template;

use super::args::{MatrixArgs, MatrixFormat, ReportCommand};
use super::prepare::{Wrong, ruleset, suites};
use crate::report::{Coverage, Matrix, MatrixHtml, MatrixMarkdown, Results};

/// Makes a report from what earlier runs left.
pub(super) fn report(command: &ReportCommand, out: &mut dyn Write) -> Result<ExitCode, Wrong> {
    let ReportCommand::Matrix(args) = command;
    let results = results(args)?;
    let suites = suites(args.suites.as_deref())?;
    let mut rulesets = Vec::new();
    for results in &results {
        let name = results.ruleset.as_str();
        if !rulesets.iter().any(|(known, _)| *known == name) {
            rulesets.push((name, ruleset(&suites, name)?));
        }
    }
    let matrix = Matrix::new(&Coverage::new(&suites, &rulesets), &results);
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
    match &args.output {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Wrong::Usage(format!("cannot write {}: {error}", path.display())))?,
        None => write!(out, "{text}")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The results of the targets that are named, or of all that there are, by name.
fn results(args: &MatrixArgs) -> Result<Vec<Results>, Wrong> {
    let folder = args.evidence.display();
    let names = if args.targets.is_empty() { tried(&args.evidence)? } else { args.targets.clone() };
    if names.is_empty() {
        let why = "no target has been tried as a whole yet: there is no results.json under";
        return Err(Wrong::Usage(format!("{why} {folder}; try `authspec run` first")));
    }
    let read = |name: &String| {
        let path = args.evidence.join(name).join("results.json");
        let wrong = |why: String| Wrong::Usage(format!("cannot read {}: {why}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    };
    names.iter().map(read).collect()
}

/// The targets under a folder that have results, by name.
fn tried(folder: &Path) -> Result<Vec<String>, Wrong> {
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

/// How one gets from the folder of a file to another folder.
fn way(from: Option<&Path>, to: &Path) -> Result<String, Wrong> {
    let from = from.and_then(Path::parent).unwrap_or(Path::new(""));
    let (from, to) = (std::path::absolute(from.join("."))?, std::path::absolute(to)?);
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[same..].iter().map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to[same..].iter().copied()).collect();
    Ok(way.to_string_lossy().into_owned())
}
