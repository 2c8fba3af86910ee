//! A run in parts: joined, they say what one whole run says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::Bench;
use honest::Defect;
use serde_json::Value;

const PARTS: [&str; 4] = ["1", "2", "3", "4"];

impl Bench {
    /// Tries the target, with evidence in this folder.
    fn run_into(&self, evidence: &str, words: &[&str]) -> (String, i32) {
        let mut all = vec!["run", "target.toml", "--agent", "forms", "--evidence", evidence];
        all.extend(["--ruleset", "oauth2.1"]);
        all.extend(words);
        self.authspec(&all)
    }

    fn parts(&self) -> [i32; 4] {
        PARTS.map(|part| self.run_into(part, &["--partition", &format!("hash:{part}/4")]).1)
    }

    fn merge(&self, parts: &[&str]) -> (String, i32) {
        self.authspec(&[&["merge", "--output", "merged"], parts].concat())
    }

    /// The four parts, joined, are what the whole run is.
    fn assert_joined(&self) {
        let whole = self.run_into("whole", &[]).1;
        let parts = self.parts();
        assert_eq!(parts.into_iter().max().unwrap(), whole);
        let (said, code) = self.merge(&PARTS);
        assert_eq!(code, whole, "{said}");
        let results = |root: &str| timeless(self.json(&format!("{root}/honest/results.json")));
        assert_eq!(results("merged"), results("whole"));
        let (said, code) = self.authspec(&["compare", "whole", "merged"]);
        assert!(code == 0 && said.starts_with("honest: no difference in "), "{said}");
        let evidence = |root: &str| files(&self.path(root), &self.path(root));
        assert_eq!(evidence("merged"), evidence("whole"));
        let run = &self.json("merged/honest/results.json")["run"];
        for file in evidence("merged").iter().filter(|file| !file.ends_with("results.json")) {
            let merged = self.json(&format!("merged/{}", file.display()));
            assert_eq!(&merged["run"], run);
            let whole = self.json(&format!("whole/{}", file.display()));
            assert_eq!(merged["verdict"], whole["verdict"], "{}", file.display());
            let found = |evidence: &Value| sessionless(evidence["findings"].clone());
            assert_eq!(found(&merged), found(&whole), "{}", file.display());
        }
    }
}

/// Results without what is of the day.
fn timeless(mut results: Value) -> Value {
    for name in ["at", "run", "duration_ms"] {
        results[name] = Value::Null;
    }
    for case in results["cases"].as_array_mut().unwrap() {
        case["duration_ms"] = Value::Null;
        case["findings"] = sessionless(case["findings"].take());
        // How many rounds of a race are run hangs on what was run as other clients.
        if !case["rounds"].is_null() {
            (case["rounds"], case["reason"]) = (Value::Null, Value::Null);
        }
    }
    results
}

/// Findings without the session in which they were made: the visit of a run that signs in has none yet, and which one
/// that is hangs on what else is run.
fn sessionless(mut findings: Value) -> Value {
    for finding in findings.as_array_mut().into_iter().flatten() {
        if let Some(command) = finding["reproduce"].as_str() {
            finding["reproduce"] =
                command.replace(" -H 'cookie: honest_session=[cookie]'", "").into();
        }
    }
    findings
}

/// The evidence files in a folder, by name.
fn files(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| match path.is_dir() {
        true => files(root, &path),
        false => vec![path.strip_prefix(root).unwrap_or(&path).to_owned()],
    });
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    files
}

#[test]
fn parts_of_a_sound_server_join() {
    let bench = Bench::new(&[]);
    bench.assert_joined();
    // Each has a good part of the cases, and says which it is.
    for part in PARTS {
        let results = bench.json(&format!("{part}/honest/results.json"));
        assert_eq!(results["whole"], false);
        assert_eq!(results["partition"]["index"].to_string(), part);
        assert!(results["cases"].as_array().unwrap().len() > 40);
    }
    assert_eq!(bench.json("merged/honest/results.json")["whole"], true);
}

/// Of these, some break cases, some what every answer has to keep, some both.
const DEFECTS: &[Defect] = &[
    Defect::SkipsVerifierCheck,
    Defect::ForgetsNoStore,
    Defect::ForgetsPragma,
    Defect::CutsLongState,
    Defect::DropsStateOnError,
    Defect::ErrorsWithoutCode,
    Defect::OmitsIss,
    Defect::FoldsRedirectCase,
    Defect::AcceptsRotatedRefreshToken,
    Defect::OmitsBearerError,
];

#[test]
fn parts_of_a_broken_server_join() {
    Bench::new(DEFECTS).assert_joined();
}

#[test]
fn what_is_known_of_invariants_joins_too() {
    let bench = Bench::new(DEFECTS);
    let entry = |case: &str, finding: &str| {
        format!("[[\"{case}\"]]\nreason = \"vendor#1\"\nfinding = \"{finding}\"\n")
    };
    let known = [
        entry("always/no-store", "without cache-control"),
        entry("always/no-store", "never seen"),
        entry("pkce/wrong-verifier", "200 access_token"),
        entry("codes/replayed", "never seen"),
    ];
    fs::write(bench.path("known.toml"), known.concat()).unwrap();
    bench.assert_joined();
    let stale = &bench.json("merged/honest/results.json")["stale"];
    assert_eq!(stale.as_array().unwrap().len(), 2, "{stale}");
}

#[test]
fn parts_of_what_a_filter_chooses_join() {
    let bench = Bench::new(&[]);
    for part in ["1", "2"] {
        let (part_of, filter) = (format!("hash:{part}/2"), "suite(pkce) & level(must)");
        let (said, code) = bench.run_into(part, &["--partition", &part_of, "-E", filter]);
        assert_eq!(code, 0, "{said}");
    }
    let (said, code) = bench.merge(&["1", "2"]);
    assert_eq!(code, 0, "{said}");
    let merged = bench.json("merged/honest/results.json");
    assert_eq!(merged["whole"], false);
    let cases = merged["cases"].as_array().unwrap();
    assert!(cases.len() > 20, "{said}");
    assert!(cases.iter().all(|case| case["id"].as_str().unwrap().starts_with("pkce/")));
}

#[test]
fn what_does_not_fit_is_not_joined() {
    let bench = Bench::new(&[]);
    bench.run_into("whole", &["pkce"]);
    bench.parts();
    let other = ["--partition", "hash:2/4", "--ruleset", "bcp"];
    let words = ["run", "target.toml", "--agent", "forms", "--evidence", "other"];
    bench.authspec(&[&words[..], &other].concat());
    bench.run_into("third", &["--partition", "hash:3/3"]);
    fs::create_dir(bench.path("empty")).unwrap();
    let wrong: &[&[&str]] = &[
        &["1", "2", "4"],
        &["1", "2", "3", "3", "4"],
        &["1", "other", "3", "4"],
        &["1", "2", "third"],
        &["1", "empty"],
    ];
    let said = wrong.iter().map(|parts| {
        let (said, code) = bench.merge(parts);
        assert_eq!(code, 2, "{said}");
        format!("$ authspec merge {} --output merged\n{said}", parts.join(" "))
    });
    insta::assert_snapshot!("wrong", said.collect::<String>());
    assert!(!bench.path("merged").exists());
}
