//! `authspec report matrix`: requirements down, servers across.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn authspec(args: &[&str], folder: &Path) -> (String, String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.stdout), text(&run.stderr), run.status.code())
}

/// A folder with the results of a sound server and of one that checks no verifier.
fn tried() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let forms = ["run", "--agent", "forms"];
    authspec(&forms, folder.path());
    let evidence = folder.path().join("target/evidence");
    std::fs::rename(evidence.join("honest"), evidence.join("sound")).unwrap();
    let defect = ["--defect", "skips-verifier-check"];
    authspec(&[&forms[..], &defect].concat(), folder.path());
    std::fs::rename(evidence.join("honest"), evidence.join("broken")).unwrap();
    for name in ["sound", "broken"] {
        edit(&evidence.join(name), |results| results["target"]["name"] = name.into());
    }
    folder
}

fn edit(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("results.json");
    let mut results = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut results);
    std::fs::write(path, results.to_string()).unwrap();
}

#[test]
fn a_broken_requirement_stands_out_in_its_column() {
    let folder = tried();
    let args = ["report", "matrix", "sound", "broken", "--format", "markdown"];
    let (said, complaints, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    let sentence = "If the verifier does not match the code's challenge, the server MUST refuse";
    let row = said.lines().find(|line| line.contains(sentence)).unwrap();
    assert!(row.ends_with("| ✓ | ✗ |"), "{row}");
    assert!(said.contains("| Section | Level | Requirement | sound | broken |"), "{said}");
    let deviation =
        "| `pkce/wrong-verifier@web` | fail | RFC7636 §4.6 | 200 access_token=[access_token]";
    assert!(said.contains(deviation), "{said}");
    assert!(!said.contains("## sound \n\n|"), "{said}");
}

#[test]
fn cells_of_the_page_lead_to_the_evidence_and_nothing_is_markup() {
    let folder = tried();
    let hostile = "<script>alert(1)</script>";
    edit(&folder.path().join("target/evidence/broken"), |results| {
        results["target"]["version"] = hostile.into();
        for case in results["cases"].as_array_mut().unwrap() {
            for finding in case["findings"].as_array_mut().unwrap() {
                finding["actual"] = hostile.into();
            }
        }
    });
    let args = ["report", "matrix", "--output", "target/matrix.html"];
    let (_, complaints, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    let page = std::fs::read_to_string(folder.path().join("target/matrix.html")).unwrap();
    assert!(!page.contains("<script"), "{page}");
    let page = scraper::Html::parse_document(&page);
    let links = scraper::Selector::parse("td.cell a").unwrap();
    let mut count = 0;
    for link in page.select(&links) {
        let file = link.attr("href").unwrap();
        assert!(folder.path().join("target").join(file).is_file(), "{file}");
        count += 1;
    }
    assert!(count > 300, "{count} links");
}

#[test]
fn what_was_never_tried_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["report", "matrix"], folder.path());
    assert_eq!(code, Some(2));
    assert!(complaints.contains("try `authspec run` first"), "{complaints}");
    let (_, complaints, code) = authspec(&["report", "matrix", "nobody"], folder.path());
    assert_eq!(code, Some(2));
    assert!(complaints.contains("no results of nobody"), "{complaints}");
}
