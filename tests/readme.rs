//! What the README shows is what users get.

use std::path::Path;
use std::process::Command;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("the README is there")
}

/// The text of the block of this language that holds `words`.
fn block(language: &str, words: &str) -> String {
    let readme = readme();
    let mut blocks = readme.split("```").skip(1).step_by(2);
    let found = blocks.find(|block| block.starts_with(language) && block.contains(words));
    found.expect("the README has such a block").trim_start_matches(language).to_owned()
}

fn authspec(args: &[&str], folder: &Path) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .env("WEB_SECRET", "of the web client")
        .env("ALICE_PASSWORD", "of alice")
        .output()
        .expect("the program runs");
    (String::from_utf8_lossy(&run.stdout).into_owned(), run.status.code())
}

#[test]
fn the_failure_that_it_shows_is_the_one_that_is_printed() {
    let shown = block("console", "--defect skips-verifier-check");
    let command = shown.lines().find(|line| line.starts_with("$ authspec ")).expect("a command");
    let mut args: Vec<&str> = command.split(' ').skip(2).collect();
    args.extend(["--agent", "forms"]);
    let folder = tempfile::tempdir().expect("a folder");
    let (said, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(1));
    // Ports, counts and times are those of the day, line numbers those of the suite.
    let from = |text: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.starts_with("FAIL "));
        lines.take_while(|line| !line.contains(" explain  ")).map(str::to_owned).collect()
    };
    assert_eq!(from(&shown), from(&said));
    assert!(from(&said).len() == 5, "{said}");
}

#[test]
fn a_run_without_a_target_says_which_server_it_tries() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["run", "pkce/wrong-verifier@web", "--agent", "forms"];
    let (said, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.starts_with("no target file given: testing the built-in server, honest\n"),
        "{said}"
    );
}

#[test]
fn the_target_file_that_it_shows_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("target.toml"), block("toml", "[client.web]")).expect("room");
    let (said, code) = authspec(&["list", "target.toml", "pkce"], folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("pkce/wrong-verifier@web"), "{said}");
}

#[test]
fn the_case_that_it_shows_is_one_of_ours() {
    let shown = block("toml", "[requirement.case.");
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/pkce.toml");
    let suite = std::fs::read_to_string(suite).expect("the suite is there");
    assert!(suite.contains(shown.trim()), "{shown}");
}
