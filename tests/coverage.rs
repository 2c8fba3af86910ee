//! `docs/COVERAGE.md` is what the suites say today.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_coverage_that_is_kept_is_fresh() {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .arg("coverage")
        .output()
        .expect("the program runs");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/COVERAGE.md");
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == String::from_utf8_lossy(&run.stdout),
        "docs/COVERAGE.md is stale: run `cargo run -- coverage > docs/COVERAGE.md`"
    );
}
