//! `docs/COVERAGE.md` is what the suites say today, and every sentence that binds the server has cases or a reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use authspec::report::{SentenceStatus, sentences};
use authspec::suite::embedded;

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

#[test]
fn every_sentence_that_binds_the_server_has_cases_or_a_reason() {
    let sentences = sentences().unwrap_or_else(|wrong| panic!("{wrong}"));
    let suites = embedded().unwrap_or_else(|wrong| panic!("{wrong}"));
    let ids = suites.ids();
    for sentence in &sentences {
        let at = format!("{}, sentence {}", sentence.cite, sentence.place);
        match &sentence.status {
            SentenceStatus::Tested(cases) => {
                let unknown: Vec<_> =
                    cases.iter().filter(|id| !ids.contains(id.as_str())).collect();
                assert!(unknown.is_empty(), "{at}: there are no cases {unknown:?}");
            }
            SentenceStatus::Untested(why) => assert!(why.len() > 10, "{at}: {why} is no reason"),
            SentenceStatus::Foreign(who) => assert!(!who.is_empty(), "{at}: whom does it bind?"),
        }
    }
    let mut last = BTreeMap::new();
    for sentence in &sentences {
        let before = last.insert(sentence.cite.clone(), sentence.place).unwrap_or_default();
        assert_eq!(sentence.place, before + 1, "{}: a sentence is missing", sentence.cite);
    }
}
