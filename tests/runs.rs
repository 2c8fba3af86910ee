//! Whole runs of the program, as a user makes them: exit codes, known deviations, snapshots.

#[path = "runs/timings.rs"]
mod timings;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::bench::Bench;
use honest::{Defect, Reserved};
use serde_json::Value;
use tempfile::TempDir;

impl Bench {
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        let before = std::fs::read_to_string(self.path(name)).unwrap();
        self.write(name, &format!("{before}\n{text}"));
    }

    /// Runs the target with these words; gives what was printed, and the exit code.
    fn run(&self, words: &[&str]) -> (String, i32) {
        let mut all = vec!["run", "target.toml", "--agent", "forms", "--results", "results.json"];
        all.extend(words);
        run(self.folder.path(), &all)
    }

    fn results(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("results.json")).unwrap()).unwrap()
    }
}

fn run(folder: &Path, args: &[&str]) -> (String, i32) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .env("INSTA_OUTPUT", "none")
        .env("INSTA_UPDATE", "auto")
        .env("INSTA_WORKSPACE_ROOT", folder)
        .env_remove("CI")
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), run.status.code().unwrap_or(-1))
}

#[test]
fn a_sound_server_is_clean() {
    let bench = Bench::new(&[]);
    let (said, code) = bench.run(&[]);
    assert_eq!(code, 0, "{said}");
    let results = bench.results();
    assert_eq!(results["summary"]["fail"], 0);
    assert!(results["cases"].as_array().unwrap().len() > 50);
    assert!(bench.path("target/evidence/honest/pkce/wrong-verifier@web.json").is_file());
}

#[test]
fn a_warning_fails_only_where_that_is_asked_for() {
    let bench = Bench::new(&[Defect::KeepsAccessTokenAfterReplay]);
    let case = "codes/replay-revokes-access-token";
    let (said, code) = bench.run(&[case]);
    assert!(code == 0 && said.contains("WARN"), "{said}");
    assert_eq!(bench.run(&[case, "--strict"]).1, 1);
}

#[test]
fn a_known_deviation_is_told_with_its_reason_and_fails_nothing() {
    let bench = Bench::new(&[Defect::ForgetsNoStore]);
    assert_eq!(bench.run(&["always/no-store"]).1, 1);
    let entry = |finding: &str| {
        format!("[\"always/no-store\"]\nreason = \"vendor#1\"\nfinding = \"{finding}\"\n")
    };
    bench.write("known.toml", &entry("without cache-control"));
    let (said, code) = bench.run(&["always/no-store"]);
    assert!(code == 0 && said.contains("1 known"), "{said}");
    // Where it deviates in another way, that is news.
    bench.write("known.toml", &entry("max-age"));
    assert_eq!(bench.run(&["always/no-store"]).1, 1);
}

#[test]
fn a_known_deviation_that_is_gone_fails_the_run() {
    let bench = Bench::new(&[]);
    let entry =
        "[\"always/no-store\"]\nreason = \"vendor#1\"\nfinding = \"without cache-control\"\n";
    bench.write("known.toml", entry);
    let (said, code) = bench.run(&["always/no-store", "--report", "html=report.html"]);
    assert!(code == 1 && said.contains("STALE always/no-store"), "{said}");
    let page = std::fs::read_to_string(bench.path("report.html")).unwrap();
    assert!(page.contains("Stale: each of these fails the run."), "{page}");
    assert_eq!(bench.results()["stale"][0], "always/no-store");
    // What was not tried cannot be stale.
    assert_eq!(bench.run(&["pkce/wrong-verifier"]).1, 0);
}

#[test]
fn a_deviation_is_known_under_the_rulesets_that_it_names() {
    let bench = Bench::new(&[Defect::ForgetsNoStore]);
    let entry = |finding: &str, ruleset: &str| {
        format!(
            "[[\"always/no-store\"]]\nreason = \"vendor#1\"\nfinding = \"{finding}\"\n\
             ruleset = {ruleset}\n"
        )
    };
    let known =
        entry("max-age", "\"bcp\"") + &entry("without cache-control", "[\"oauth2.1\", \"oidc\"]");
    bench.write("known.toml", &known);
    let (said, code) = bench.run(&["always/no-store", "--ruleset", "oauth2.1"]);
    assert!(code == 0 && said.contains("1 known"), "{said}");
    // What counts under another ruleset is neither known here nor out of date.
    let (said, code) = bench.run(&["always/no-store", "--ruleset", "oauth2"]);
    assert!(code == 1 && !said.contains("STALE"), "{said}");
    let (said, code) = bench.run(&["always/no-store", "--ruleset", "bcp"]);
    assert!(code == 1 && said.contains("STALE always/no-store"), "{said}");
}

#[test]
fn each_entry_of_a_list_has_to_be_seen() {
    let bench = Bench::new(&[Defect::SkipsVerifierCheck]);
    let entry = |finding: &str, more: &str| {
        format!(
            "[[\"pkce/wrong-verifier\"]]\nreason = \"vendor#1\"\nfinding = \"{finding}\"\n{more}\n"
        )
    };
    let seen = entry("200 access_token", "");
    bench.write("known.toml", &(seen.clone() + &entry("never seen", "")));
    let (said, code) = bench.run(&["pkce/wrong-verifier"]);
    let stale = "STALE pkce/wrong-verifier, where it says \"never seen\"";
    assert!(code == 1 && said.contains(stale) && said.matches("STALE").count() == 1, "{said}");
    bench.write("known.toml", &(seen + &entry("never seen", "sometimes = true")));
    let (said, code) = bench.run(&["pkce/wrong-verifier"]);
    assert!(code == 0 && said.contains("4 known"), "{said}");
    // Of one client alone, it says nothing of the others.
    let of_one = "[\"pkce/wrong-verifier@web\"]\nreason = \"it\"\nfinding = \"200\"\n";
    bench.write("known.toml", of_one);
    let (said, code) = bench.run(&["pkce/wrong-verifier"]);
    assert!(code == 1 && said.contains("3 fail, 1 known"), "{said}");
}

#[test]
fn what_fails_is_blessed_and_wants_a_reason() {
    let bench = Bench::new(&[Defect::ForgetsNoStore, Defect::SkipsVerifierCheck]);
    let before =
        "# Ours.\n[\"always/no-store\"]\nreason='vendor#1'   # kept\nfinding = \"never seen\"";
    bench.write("known.toml", before);
    let (said, code) = bench.run(&["--bless", "--ruleset", "oauth2.1"]);
    assert!(code == 1 && said.contains("entries added to known.toml"), "{said}");
    assert!(said.contains("not blessed: 1 case with a different entry in known.toml"), "{said}");
    let blessed = std::fs::read_to_string(bench.path("known.toml")).unwrap();
    let added = blessed.strip_prefix(before).unwrap();
    let entry = "\n\n[\"pkce/wrong-verifier@web\"]\nreason  = \"\"\nfinding = \"200 access_token=";
    assert!(added.contains(entry), "{added}");
    // It is refused as long as nobody says why.
    let (said, code) = bench.run(&["--ruleset", "oauth2.1"]);
    assert!(code == 2 && said.contains("a deviation without a reason"), "{said}");
    let reasoned = blessed.replace("reason  = \"\"", "reason  = \"vendor#2\"");
    bench.write("known.toml", &reasoned.replace("never seen", "without cache-control"));
    let (said, code) = bench.run(&["--bless", "--ruleset", "oauth2.1"]);
    assert!(code == 0 && said.contains("nothing to bless"), "{said}");
}

#[test]
fn what_could_not_be_tried_is_not_blessed() {
    let folder = tempfile::tempdir().unwrap();
    let port = Reserved::new(0).unwrap();
    let target = honest::target_file(port.port(), 8765);
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let (said, code) = run(folder.path(), &["run", "target.toml", "--agent", "forms", "--bless"]);
    assert!(code == 3 && !folder.path().join("known.toml").exists(), "{said}");
}

#[test]
fn an_answer_that_changed_is_drift() {
    let bench = Bench::new(&[]);
    let case = "pkce/s256-accepted@web";
    let snapshot = bench.path("snapshots/honest/pkce/s256-accepted@web.snap");
    let (said, code) = bench.run(&[case, "--snapshots", "check"]);
    assert!(code == 1 && said.contains("no snapshot yet"), "{said}");
    assert_eq!(bench.run(&[case, "--snapshots", "update"]).1, 0);
    assert!(snapshot.is_file() && !snapshot.with_extension("snap.new").exists());
    assert_eq!(bench.run(&[case, "--snapshots", "check"]).1, 0);
    let taken = std::fs::read_to_string(&snapshot).unwrap();
    std::fs::write(&snapshot, taken.replace("no-store", "no-cache")).unwrap();
    let (said, code) = bench.run(&[case, "--snapshots", "check", "--report", "html=report.html"]);
    assert!(code == 1 && said.contains("1 drifted"), "{said}");
    assert_eq!(bench.results()["drifted"][0], case);
    let page = std::fs::read_to_string(bench.path("report.html")).unwrap();
    assert!(page.contains("Drift: the server answers differently than last time."), "{page}");
    let sentence = said.find("MUST accept a token request").unwrap();
    assert!(sentence < said.find("+  cache-control: no-store").unwrap(), "{said}");
    assert!(snapshot.with_extension("snap.new").exists());
}

#[test]
fn pages_are_answered_by_the_script_where_there_is_one() {
    let script = |button: &str| {
        format!(
            "[[login]]\nshows = \"input[name=password]\"\n\
             fill = {{ \"input[name=username]\" = \"{{user.name}}\", \"input[name=password]\" = \"{{user.password}}\" }}\n\
             click = \"button\"\n\n[[login]]\nshows = \"button[value=allow]\"\nclick = \"{button}\"\n"
        )
    };
    let bench = Bench::new(&[]);
    bench.append("target.toml", &script("button[value=allow]"));
    let (said, code) = bench.run(&["pkce/s256-accepted@web"]);
    assert_eq!(code, 0, "{said}");
    // A script that presses the wrong button ends the valid flow, and that is no word on the server.
    let bench = Bench::new(&[]);
    bench.append("target.toml", &script("button[value=deny]"));
    let (said, code) = bench.run(&["pkce/wrong-verifier@web"]);
    assert!(code == 3 && said.contains("access_denied"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let port = Reserved::new(0).unwrap();
    let target = honest::target_file(port.port(), 8765);
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let (said, code) = run(folder.path(), &["run", "target.toml", "--agent", "forms"]);
    assert!(code == 3 && said.contains("does not answer"), "{said}");
    assert!(said.lines().count() < 5, "{said}");
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(run.stdout.take());
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_run_that_nobody_reads_leaves_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "--agent", "forms", "--results", "results.json", "pkce"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(run.stdout.take());
    assert_eq!(run.wait().unwrap().code(), Some(0));
    let results = std::fs::read(folder.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    assert!(
        results["cases"].as_array().unwrap().iter().all(|case| case["verdict"] != "inconclusive")
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_whose_words_find_no_room_leaves_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "--agent", "forms", "--results", "results.json", "pkce/wrong-verifier"])
        .current_dir(folder.path())
        .stdout(full)
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.contains("cannot write the output: No space left"), "{said}");
    assert_eq!(run.status.code(), Some(2));
    let results = std::fs::read(folder.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    assert!(results["cases"].as_array().unwrap().iter().all(|case| case["verdict"] == "pass"));
}

/// A target file, and a program beside it that is to start the server.
fn startable(program: &str) -> TempDir {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), honest::target_file(9, 8765)).unwrap();
    let start = folder.path().join("start");
    std::fs::write(&start, format!("#!/bin/sh\n{program}\n")).unwrap();
    std::fs::set_permissions(&start, PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn reports_are_written_where_the_results_cannot_be() {
    let folder = startable("rm -r results; touch results; echo ready; exec sleep 60");
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "target.toml", "--start", "--agent", "forms", "pkce/wrong-verifier@web"])
        .args(["--results", "results/results.json"])
        .args(["--report", "junit=results/junit.xml", "--report", "markdown=report.md"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.contains("cannot write results/results.json"), "{said}");
    assert_eq!(run.status.code(), Some(2), "{said}");
    let report = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(report.contains("honest"), "{report}");
}

fn started(program: &str) -> (String, Option<i32>) {
    let folder = startable(program);
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "target.toml", "--start", "--agent", "forms", "pkce/wrong-verifier@web"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    (String::from_utf8_lossy(&run.stderr).into_owned(), run.status.code())
}

#[test]
fn a_server_that_cannot_be_had_is_told_in_one_line() {
    let (said, code) = started("echo 'it needs a Java' >&2; exit 69");
    assert_eq!(
        said,
        "inconclusive: start did not start: it is not available here: it needs a Java\n"
    );
    assert_eq!(code, Some(3));
    let (said, code) = started("printf 'broken\\033[31m' >&2; exit 1");
    assert_eq!(said, "inconclusive: start did not start: exit status: 1: broken[31m\n");
    assert_eq!(code, Some(3));
}

#[test]
fn a_server_that_was_started_is_ended() {
    let marks = tempfile::tempdir().unwrap();
    let gone = marks.path().join("gone");
    // It is ready at once, listens nowhere, and leaves a mark when it is asked to end.
    let mark = format!(
        "trap 'touch {0}; exit' TERM; echo ready; while :; do sleep 0.05; done",
        gone.display()
    );
    let (said, code) = started(&mark);
    assert!(said.contains("127.0.0.1:9"), "{said}");
    assert_eq!(code, Some(3));
    assert!(gone.exists());
}

#[test]
fn a_run_that_tries_nothing_is_not_clean() {
    let (said, code) = Bench::new(&[]).run(&["expiry/"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("NOTHING WAS TESTED"), "{said}");
}
