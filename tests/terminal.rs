//! What a run says on a terminal: levels, colors, failures by cause and last, and what to type next.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use honest::Defect;
use serde_json::Value;

/// What was said, and the exit code.
fn run(folder: &Path, variables: &[(&str, &str)], words: &[&str]) -> (String, i32) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .arg("run")
        .args(words)
        .args(["--agent", "forms"])
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(variables.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [run.stderr, run.stdout].concat();
    (String::from_utf8(said).unwrap(), run.status.code().unwrap_or(-1))
}

fn results(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

const BROKEN: &[&str] = &["--defect", "skips-verifier-check", "pkce"];

#[test]
fn what_fails_for_one_cause_is_told_once_and_last() {
    let folder = tempfile::tempdir().unwrap();
    let (said, code) = run(folder.path(), &[], BROKEN);
    assert_eq!(code, 1);
    let sentence = "If the verifier does not match the code's challenge";
    assert!(
        said.matches(sentence).count() == 1
            && said.contains("\nFAIL 7 cases   RFC7636 §4.6 MUST\n"),
        "{said}"
    );
    assert!(
        said.contains("cases  pkce/wrong-verifier (@native, @portal, @web, @with-key), pkce/"),
        "{said}"
    );
    assert!(said.contains("explain  authspec explain pkce/wrong-verifier@native\n"), "{said}");
    assert!(said.contains("\nskipped  1 case: "), "{said}");
    let place = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text} is not in\n{said}"));
    let order = ["        PASS [", "\nskipped ", "\nWARN ", "\nFAIL ", "\nhonest: ", "  next  "];
    assert!(order.iter().map(|text| place(text)).is_sorted(), "{said}");
    let next = "authspec run --agent forms --defect skips-verifier-check --rerun-failed";
    assert!(said.contains(next) && !said.contains("--headed"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn levels_say_how_much_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| run(folder.path(), &[], &[BROKEN, words].concat()).0;
    let quiet = run(&["-q"]);
    assert!(quiet.starts_with("\nWARN ") && !quiet.contains("requests"), "{quiet}");
    let none = run(&["-q", "--final-status-level", "none"]);
    assert!(none.starts_with("\nhonest: ") && none.lines().count() == 2, "{none}");
    let verbose = run(&["-v"]);
    assert!(verbose.contains("        SKIP [         ] pkce/plain-refused"), "{verbose}");
    assert!(verbose.contains("\n         pkce/plain-refused\n"), "{verbose}");
    let fails = run(&["--status-level", "fail"]);
    assert!(fails.contains("        FAIL [") && !fails.contains(" WARN ["), "{fails}");
}

#[test]
fn colors_are_for_terminals_and_for_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let colored = |variables: &[(&str, &str)], words: &[&str]| {
        let words = [&["pkce/wrong-verifier@web"], words].concat();
        run(folder.path(), variables, &words).0.contains("\u{1b}[32m")
    };
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    for command in [&["explain", "pkce/wrong-verifier"][..], &["list", "pkce"]] {
        let colored = |when: &str| {
            let run = Command::new(env!("CARGO_BIN_EXE_authspec"));
            let said = { run }.args(command).args(["--color", when]).output().unwrap().stdout;
            String::from_utf8(said).unwrap().contains("\u{1b}[")
        };
        assert!(colored("always") && !colored("never"), "{command:?}");
    }
}

#[test]
fn a_run_that_ends_at_the_first_failure_says_what_was_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let words = [BROKEN, &["--fail-fast", "--jobs", "1", "--results", "all.json"]].concat();
    let (said, code) = run(folder.path(), &[], &words);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("not run: --fail-fast ended the run at the first failure"), "{said}");
    let cases = results(folder.path(), "all.json")["cases"].as_array().unwrap().clone();
    let of = |verdict: &str| cases.iter().filter(|case| case["verdict"] == verdict).count();
    assert!(of("fail") <= 2 && of("inconclusive") > 20, "{said}");
    let words = [BROKEN, &["--fail-fast", "--no-fail-fast"]].concat();
    assert!(!run(folder.path(), &[], &words).0.contains("not run: "));
}

#[test]
fn what_did_not_pass_is_tried_again_until_all_does() {
    let bench = Bench::new(&[Defect::SkipsVerifierCheck]);
    let folder = bench.folder.path();
    let words = ["target.toml", "-E", "case(wrong-verifier) | case(=own-verifier)"];
    assert_eq!(run(folder, &[], &words).1, 1);
    let again =
        |words: &[&str]| run(folder, &[], &[&["target.toml", "--rerun-failed"], words].concat());
    let (said, code) = again(&[]);
    assert!(
        code == 1
            && said.contains(
                "rerunning 4 cases that did not pass in target/evidence/honest/last.json, of 20"
            ),
        "{said}"
    );
    let (said, code) = again(&["-E", "client(web)"]);
    assert!(code == 1 && said.contains("rerunning 1 case "), "{said}");
    let (said, code) = again(&["own-verifier"]);
    assert!(code == 3 && said.starts_with("nothing to rerun: "), "{said}");
    let (said, code) = run(folder, &[], &["target.toml", "-E", "status(fail)"]);
    assert!(code == 1 && said.contains(": 4 cases under"), "{said}");
    // The same target, mended: what passes now is not tried a third time.
    let sound = Bench::new(&[]);
    let mended = std::fs::read_to_string(sound.path("target.toml")).unwrap();
    std::fs::write(folder.join("target.toml"), mended).unwrap();
    std::fs::write(
        folder.join("all.json"),
        std::fs::read(folder.join("target/evidence/honest/last.json")).unwrap(),
    )
    .unwrap();
    let (said, code) = run(folder, &[], &["target.toml", "--rerun-failed=all.json"]);
    assert!(
        code == 0 && said.contains(" in all.json, of 20") && said.contains("honest: 4 pass"),
        "{said}"
    );
    assert_eq!(again(&[]).1, 3);
}

#[test]
fn what_cannot_be_tried_for_one_reason_is_told_once() {
    let bench = Bench::new(&[]);
    let text = std::fs::read_to_string(bench.path("target.toml")).unwrap();
    let users = text.find("[user.").unwrap();
    let (before, after) = text.split_at(users);
    let at = after.find("password").unwrap();
    let line = after[at..].lines().next().unwrap();
    let wrong = after.replacen(line, "password = \"not the right one\"", 1);
    std::fs::write(bench.path("target.toml"), format!("{before}{wrong}")).unwrap();
    let (said, code) =
        run(bench.folder.path(), &[], &["target.toml", "-E", "suite(pkce) & client(web)"]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(said.matches("\nINCONCLUSIVE [").count(), 1, "{said}");
    assert_eq!(said.matches("\nINCONCLUSIVE 4 cases\n").count(), 1, "{said}");
    assert!(said.contains("next  authspec doctor target.toml\n"), "{said}");
}

#[test]
fn annotations_point_into_files_of_the_user() {
    let bench = Bench::new(&[Defect::SkipsVerifierCheck]);
    let folder = bench.folder.path();
    let known = "# Ours.\n[\"pkce/wrong-verifier@web\"]\nreason = \"vendor#1\"\nfinding = \"200\"\n\n\
                 [\"pkce/own-verifier\"]\nreason = \"vendor#2\"\nfinding = \"400\"\n";
    std::fs::write(bench.path("known.toml"), known).unwrap();
    let words = ["target.toml", "case(wrong-verifier) | case(own-verifier)"];
    let reports = ["--report", "sarif=it.sarif", "--report", "github=it.txt"];
    let (said, code) = run(folder, &[], &[&words[..1], &["-E", words[1]], &reports].concat());
    assert_eq!(code, 1, "{said}");
    let target = std::fs::read_to_string(bench.path("target.toml")).unwrap();
    let line = |client: &str| {
        let header = format!("[client.{client}]");
        target.lines().position(|line| line.trim() == header).unwrap() as u64 + 1
    };
    let log = results(folder, "it.sarif");
    let found = log["runs"][0]["results"].as_array().unwrap();
    let place = |level: &str, id: &str| {
        let name =
            |it: &Value| it["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].clone();
        let it = found.iter().find(|it| it["level"] == level && name(it) == id).unwrap();
        let of = |it: &Value| {
            let place = &it["physicalLocation"];
            let file = place["artifactLocation"]["uri"].as_str().unwrap().to_owned();
            (file, place["region"]["startLine"].as_u64().unwrap_or_default())
        };
        let related = it["relatedLocations"].as_array().map(|all| of(&all[0]).0);
        (of(&it["locations"][0]), related)
    };
    let suite = Some("suites/pkce.toml".to_owned());
    let native = place("error", "pkce/wrong-verifier@native");
    assert_eq!(native, (("target.toml".to_owned(), line("native")), suite.clone()));
    assert_eq!(place("note", "pkce/wrong-verifier@web"), (("known.toml".to_owned(), 2), suite));
    assert_eq!(place("error", "pkce/own-verifier").0, ("known.toml".to_owned(), 6));
    let lines = std::fs::read_to_string(bench.path("it.txt")).unwrap();
    let native = format!("::error file=target.toml,line={},title=", line("native"));
    assert!(
        lines.contains(&native) && lines.contains("::error file=known.toml,line=6,title="),
        "{lines}"
    );
}

/// An answer that breaks what every answer must keep is shown with the request that it answers.
#[test]
fn an_invariant_shows_the_change_that_its_answer_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (said, code) = run(folder.path(), &[], &["--defect", "drops-state-on-error"]);
    assert_eq!(code, 1, "{said}");
    let block = said.split("\nFAIL ").find(|it| it.starts_with("always/")).unwrap();
    let sent = block.lines().find(|line| line.contains(" sent  ")).unwrap();
    assert!(sent.split_whitespace().count() > 3, "{block}");
}
