//! `authspec init --from-oidf`: a target file from a configuration of the OpenID Foundation's conformance suite.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::golden;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidf").join(name)
}

/// Makes a target file of a configuration; what was said about it.
fn init(name: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    std::fs::copy(fixture(name), folder.path().join(name)).unwrap();
    let (said, code) = authspec(&format!("init --from-oidf {name}"), folder.path());
    assert_eq!(code, Some(0), "{said}");
    (folder, said)
}

/// What the command said, and its exit code.
fn authspec(words: &str, folder: &Path) -> (String, Option<i32>) {
    shell(&format!("{} {words}", env!("CARGO_BIN_EXE_authspec")), folder)
}

fn shell(command: &str, folder: &Path) -> (String, Option<i32>) {
    let run = Command::new("sh").args(["-c", command]).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), run.status.code())
}

fn assert_golden(name: &str, text: &str) {
    golden::assert_golden(&fixture(""), name, text);
}

/// The target file can be used, with the secrets loaded as the command says.
fn assert_loads(folder: &TempDir) {
    let load = "set -a; . ./target.env; AUTHSPEC_PASSWORD=wonderland; set +a";
    let list = format!("{load}; {} list target.toml", env!("CARGO_BIN_EXE_authspec"));
    let (said, code) = shell(&list, folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("id-token/present@client"), "{said}");
}

#[test]
fn a_configuration_becomes_a_target_file() {
    let (folder, said) = init("config.json");
    let written = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_golden("config.target", &written("target.toml"));
    assert_golden("config.said", &said);
    let secrets = folder.path().join("target.env");
    assert_eq!(secrets.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for secret in ["hush", "second", "third", "wonderland", "env:HOME"] {
        assert!(!said.contains(secret) && !written("target.toml").contains(secret), "{secret}");
    }
    assert_loads(&folder);
    let (said, code) = authspec("init --from-oidf config.json", folder.path());
    assert!(code == Some(2) && said.contains("target.toml already exists"), "{said}");
}

#[test]
fn a_server_without_discovery_and_a_client_with_keys() {
    let (folder, said) = init("by-hand.json");
    let target = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    assert_golden("by-hand.target", &target);
    assert_golden("by-hand.said", &said);
    assert_loads(&folder);
}
