//! All that a run said and wrote.

use std::path::{Path, PathBuf};

use authspec::report::Format;

use crate::command::Ran;

/// Every file that the run wrote but pictures, and its two streams, with their texts.
pub(crate) fn written(ran: &Ran) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(ran.folder.path(), &mut found);
    let read = |path: PathBuf| {
        let text = std::fs::read(&path).map(String::from_utf8).unwrap();
        (path, text.expect("all we write is text"))
    };
    let ours = |path: &PathBuf| {
        let is_picture = path.extension().is_some_and(|ending| ending == "png");
        !is_picture && path.file_name().is_none_or(|name| name != "target.toml")
    };
    let mut texts: Vec<_> = found.into_iter().filter(ours).map(read).collect();
    texts.push(("stdout".into(), ran.stdout.clone()));
    texts.push(("stderr".into(), ran.stderr.clone()));
    texts
}

/// The report in a format; none where it was not written.
pub(crate) fn report(ran: &Ran, format: Format) -> Option<String> {
    std::fs::read_to_string(ran.folder.path().join(format!("reports/{format}"))).ok()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}
