//! The program, run on a server that is broken in several ways.

use std::path::Path;
use std::process::Command;

use honest::{Config, Defect, Honest, Reserved};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What the program prints on its two streams, and its exit code.
pub(crate) fn authspec(folder: &Path, args: &[&str]) -> (String, String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.stdout), text(&run.stderr), run.status.code())
}

/// A folder in which a broken server was tried: with a report in every format.
pub(crate) fn broken() -> TempDir {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("target.toml", &honest::target_file(port.port(), 8765));
    let entry = |case: &str, finding: &str| {
        format!("[\"{case}\"]\nreason = \"vendor#1\"\nfinding = \"{finding}\"\n")
    };
    let known = entry("always/no-store", "without cache-control");
    write("known.toml", &(known + &entry("pkce/s256-accepted", "nothing of the kind")));
    let defects =
        [Defect::SkipsVerifierCheck, Defect::ForgetsNoStore, Defect::KeepsAccessTokenAfterReplay];
    let config = Config { defects: defects.to_vec(), ..Config::default() };
    let server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
    let mut args = vec!["run", "target.toml", "--agent", "forms"];
    let reports: Vec<_> = ["junit", "sarif", "markdown", "github", "har"]
        .iter()
        .map(|format| format!("--report={format}={format}"))
        .collect();
    args.extend(reports.iter().map(String::as_str));
    let (said, complaints, code) = authspec(folder.path(), &args);
    assert_eq!(code, Some(1), "{said}{complaints}");
    drop(server);
    folder
}
