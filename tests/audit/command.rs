//! The command, in a folder of its own.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What `authspec audit` says, and its exit code.
pub(crate) fn audit(folder: &TempDir, args: &[&str]) -> (String, String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .arg("audit")
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.stdout), text(&run.stderr), run.status.code())
}

/// The audit as programs read it.
pub(crate) fn json(folder: &TempDir, args: &[&str]) -> Value {
    let (said, complaints, _) = audit(folder, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{complaints}"))
}

/// The text without the port, which is another in each run.
pub(crate) fn stable(text: &str) -> String {
    let mut parts = text.split("127.0.0.1");
    let mut stable = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.strip_prefix([':', '_']).unwrap_or(part);
        stable += "127.0.0.1:PORT";
        stable += rest.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    stable.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
