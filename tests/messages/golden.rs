//! Bad input, and what the program says about it beside the golden message.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use similar::TextDiff;
use tempfile::TempDir;

pub(crate) fn messages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

/// The files of a folder of bad files, by name without ending.
pub(crate) fn bad_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending != "snap"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    files.sort();
    files
}

pub(crate) fn authspec(folder: &Path, arguments: &[&str]) -> Output {
    authspec_with(folder, arguments, &[])
}

pub(crate) fn authspec_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().copied())
        .env_remove("AUTHSPEC_TEST_UNSET")
        .output()
        .unwrap()
}

/// What the command says about bad input, which it must notice before it does anything.
pub(crate) fn complaint(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    complaint_with(folder, arguments, &[])
}

pub(crate) fn complaint_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<String, String> {
    let output = authspec_with(folder, arguments, environment);
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (said(&output.stdout), said(&output.stderr));
    if output.status.code() == Some(2) && stdout.is_empty() {
        return Ok(stderr);
    }
    Err(format!("exit code {:?}, not 2\n{stdout}{stderr}", output.status.code()))
}

/// Compares a message with the golden one; says how they differ.
pub(crate) fn compare(
    folder: &Path,
    name: &str,
    message: Result<String, String>,
) -> Option<String> {
    let message = match message {
        Ok(message) => message,
        Err(accepted) => return Some(format!("{name}: {accepted}")),
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let path = folder.join(format!("{name}.snap"));
    let before = insta::Snapshot::from_file(&path).ok();
    let before = before.and_then(|it| Some(it.as_text()?.to_string())).unwrap_or_default();
    let assert = || settings.bind(|| insta::assert_snapshot!(name, message));
    catch_unwind(AssertUnwindSafe(assert)).err()?;
    let diff = TextDiff::from_lines(before.trim(), message.trim()).unified_diff().to_string();
    Some(format!("{name}:\n{diff}"))
}

pub(crate) fn assert_golden(folder: &str, message: impl Fn(&str, &Path) -> Result<String, String>) {
    let folder = messages().join(folder);
    let files = bad_files(&folder);
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|(name, path)| compare(&folder, name, message(name, path)))
        .collect();
    assert!(wrong.is_empty(), "messages changed:\n{}", wrong.join("\n"));
    let snapshots = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let orphans: Vec<_> = snapshots
        .filter(|path| path.extension().is_some_and(|ending| ending == "snap"))
        .filter(|path| ["toml", "json"].iter().all(|it| !path.with_extension(it).is_file()))
        .collect();
    assert!(orphans.is_empty(), "messages without a bad file: {orphans:?}");
}

/// A folder with these files in it, as a user would have them.
pub(crate) fn folder_with(files: &[(&str, &Path)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("suites")).unwrap();
    for (name, from) in files {
        fs::copy(from, folder.path().join(name)).unwrap();
    }
    folder
}
