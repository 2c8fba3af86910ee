//! What two runs are to each other: newly broken, mended, no longer tried; told in three ways.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Results as a run writes them, with these cases: an id, a verdict, and what was seen.
fn results(issuer: &str, ruleset: &str, cases: &[(&str, &str, &str)]) -> Value {
    let case = |(id, verdict, seen): &(&str, &str, &str)| {
        let is_finding = matches!(*verdict, "fail" | "warn" | "known");
        let finding = json!({
            "cite": "RFC7636 §4.6", "level": "MUST", "step": "token", "sent": "POST /token",
            "expected": "400", "actual": seen, "reproduce": null,
        });
        json!({
            "id": id, "client": null, "verdict": verdict, "level": "MUST",
            "cites": ["RFC7636 §4.6"], "agent": "forms", "duration_ms": 1,
            "reason": if is_finding || seen.is_empty() { None } else { Some(seen) },
            "findings": if is_finding { vec![finding] } else { vec![] },
        })
    };
    json!({
        "format_version": 1,
        "tool": { "name": "authspec", "version": "0.1.0" },
        "target": { "name": "as", "version": "1", "issuer": issuer },
        "at": "2026-01-01T00:00:00Z", "run": "1", "duration_ms": 1, "whole": true, "waits": 0,
        "ruleset": ruleset, "summary": {}, "stale": [],
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn folder(old: &Value, new: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.json"), old.to_string()).unwrap();
    fs::write(folder.path().join("new.json"), new.to_string()).unwrap();
    folder
}

fn compare(folder: &Path, words: &[&str]) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .arg("compare")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (String::from_utf8(said).unwrap(), run.status.code())
}

/// Cases that became all that a case can become.
fn everything() -> (Value, Value) {
    let old = results(
        "http://127.0.0.1:1",
        "bcp",
        &[
            ("a/broken", "pass", ""),
            ("a/broken-otherwise", "known", "200 | <b>`x`"),
            ("a/warned", "pass", ""),
            ("a/no-longer-seen", "pass", ""),
            ("a/was-red-and-is-not-seen", "fail", "200"),
            ("a/gone", "pass", ""),
            ("a/not-tried", "fail", "200"),
            ("a/mended", "fail", "200"),
            ("a/known-now", "fail", "200"),
            ("a/drifted", "fail", "200 access_token"),
            ("a/same", "fail", "landing on http://127.0.0.1:1/page"),
            ("a/fine", "pass", ""),
        ],
    );
    let mut new = results(
        "http://127.0.0.1:2",
        "oauth2.1",
        &[
            ("a/broken", "fail", "200"),
            ("a/broken-otherwise", "fail", "201 | <b>`x`"),
            ("a/warned", "warn", "401"),
            ("a/no-longer-seen", "inconclusive", "no answer within 10 s"),
            ("a/was-red-and-is-not-seen", "inconclusive", "no answer within 10 s"),
            ("a/not-tried", "not-applicable", "no such client"),
            ("a/mended", "pass", ""),
            ("a/known-now", "known", "200"),
            ("a/drifted", "fail", "200 id_token"),
            ("a/same", "fail", "landing on http://127.0.0.1:2/page"),
            ("a/fine", "pass", ""),
            ("a/new", "fail", "200"),
        ],
    );
    new["target"]["version"] = "2".into();
    new["whole"] = false.into();
    new["stale"] = json!(["a/stale"]);
    (old, new)
}

#[test]
fn all_that_changed_is_told() {
    let (old, new) = everything();
    let folder = folder(&old, &new);
    for format in ["text", "markdown", "json"] {
        let (said, code) = compare(folder.path(), &["old.json", "new.json", "--format", format]);
        assert_eq!(code, Some(1), "{said}");
        insta::assert_snapshot!(format, said);
    }
}

#[test]
fn only_what_is_newly_broken_fails() {
    let fails = |before: &str, now: &str| {
        let one = |verdict| results("http://a", "bcp", &[("a/b", verdict, "200")]);
        compare(folder(&one(before), &one(now)).path(), &["old.json", "new.json"]).1 == Some(1)
    };
    for before in ["pass", "warn", "known", "not-applicable", "inconclusive"] {
        assert!(fails(before, "fail"), "{before}");
        for now in ["pass", "warn", "known", "not-applicable", "inconclusive"] {
            assert!(!fails(before, now) && !fails("fail", now), "{before} {now}");
        }
    }
    assert!(!fails("fail", "fail"));
}

#[test]
fn what_is_not_seen_is_never_clean() {
    let one = |verdict| results("http://a", "bcp", &[("a/b", verdict, "")]);
    for before in ["pass", "warn", "fail", "known"] {
        let folder = folder(&one(before), &one("inconclusive"));
        let (said, _) = compare(folder.path(), &["old.json", "new.json"]);
        assert!(said.starts_with("as: 1 no longer tested\n"), "{said}");
    }
    let (said, code) =
        compare(folder(&one("pass"), &one("pass")).path(), &["old.json", "new.json"]);
    assert_eq!((said.as_str(), code), ("as: no difference in 1 case\n", Some(0)));
}

#[test]
fn folders_of_several_targets_are_compared() {
    let root = tempfile::tempdir().unwrap();
    for (side, names) in [("old", ["a", "b"]), ("new", ["b", "c"])] {
        for name in names {
            let folder = root.path().join(side).join(name);
            fs::create_dir_all(&folder).unwrap();
            let mut results = results("http://a", "bcp", &[("x/y", "pass", "")]);
            results["target"]["name"] = name.into();
            fs::write(folder.join("results.json"), results.to_string()).unwrap();
        }
    }
    let (said, code) = compare(root.path(), &["old", "new"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("b: no difference in 1 case"), "{said}");
    assert!(
        said.contains("c: 1 new\n  note: the old side has no results of this target"),
        "{said}"
    );
    assert!(
        said.contains("a: 1 gone\n  note: the new side has no results of this target"),
        "{said}"
    );
    // One target alone, by its folder.
    let (said, _) = compare(root.path(), &["old/b", "new/b/results.json"]);
    assert_eq!(said, "b: no difference in 1 case\n");
}

#[test]
fn what_is_no_results_file_is_told() {
    let (old, new) = everything();
    let folder = folder(&old, &new);
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("half.json"), "{").unwrap();
    for wrong in ["none.json", "half.json", "empty"] {
        let (said, code) = compare(folder.path(), &["old.json", wrong]);
        assert_eq!(code, Some(2), "{said}");
        insta::assert_snapshot!(wrong, said);
    }
}

/// A server does not lose each race: what one run finds and another does not is neither mended nor news
/// where it is known, and never mended by chance.
#[test]
fn races_do_not_flip() {
    let of = |verdict: &str, seen: &str| {
        let mut one = results("http://127.0.0.1:1", "bcp", &[("races/code", verdict, seen)]);
        one["cases"][0]["sometimes"] = json!(true);
        one
    };
    let lost = "more than 1 of 4 requests granted";
    let became = |old: &Value, new: &Value| {
        let folder = folder(old, new);
        let (said, code) = compare(folder.path(), &["old.json", "new.json", "--format", "json"]);
        let said: Value = serde_json::from_str(&said).unwrap();
        (said[0]["differences"][0]["became"].clone(), code)
    };
    assert_eq!(became(&of("known", lost), &of("pass", "")), (Value::Null, Some(0)));
    assert_eq!(became(&of("pass", ""), &of("known", lost)), (Value::Null, Some(0)));
    assert_eq!(became(&of("fail", lost), &of("pass", "")), (json!("changed"), Some(0)));
    // A loss is a loss, whenever it is seen.
    assert_eq!(became(&of("pass", ""), &of("fail", lost)), (json!("broken"), Some(1)));
}

/// A second that passed while the server answered is no change.
#[test]
fn lifetimes_do_not_drift() {
    let of = |seen: &str| results("http://127.0.0.1:1", "bcp", &[("a/lax", "fail", seen)]);
    let became = |old: &str, new: &str| {
        let folder = folder(&of(old), &of(new));
        let (said, code) = compare(folder.path(), &["old.json", "new.json", "--format", "json"]);
        assert_eq!(code, Some(0), "{said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        said[0]["differences"].as_array().unwrap().len()
    };
    let seen = |seconds: &str| format!("landing on callback, expires_in={seconds} state=[state]");
    assert_eq!(became(&seen("3600"), &seen("3599")), 0);
    assert_eq!(became(&seen("3600"), &seen("1800")), 1);
}
