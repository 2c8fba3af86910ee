//! The matrix that is kept in a snapshot: which cases fail on which defect.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use honest::Defect;
use insta::Snapshot;
use similar::TextDiff;

/// Of the cases that the matrix does not have for a defect on which many answers depend, one in so many is tried with
/// it; `AUTHSPEC_MATRIX=all` tries them all.
const ONE_IN: usize = 8;

/// The matrix that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    text: String,
    cases: BTreeMap<String, BTreeSet<String>>,
    /// All cases that it has.
    known: BTreeSet<String>,
}

impl Kept {
    pub(crate) fn read() -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/selftest__matrix.snap");
        let kept = Snapshot::from_file(&path).expect("the matrix is kept");
        let text = kept.as_text().map(ToString::to_string).unwrap_or_default().trim().to_owned();
        let (mut cases, mut defect) = (BTreeMap::<String, BTreeSet<String>>::new(), "");
        for line in text.lines() {
            match line.strip_prefix("    ") {
                Some(case) => {
                    cases.entry(defect.to_owned()).or_default().insert(case.to_owned());
                }
                None => {
                    defect = line;
                    cases.entry(defect.to_owned()).or_default();
                }
            }
        }
        let known = cases.values().flatten().cloned().collect();
        Self { text, cases, known }
    }

    /// Whether to try a case with a defect on which many answers depend. What is new is always tried.
    pub(crate) fn tries(&self, id: &str, defect: Defect) -> bool {
        let case = id.split('@').next().unwrap_or(id);
        let Some(failed) = self.cases.get(defect.name()) else { return true };
        let number: usize = case.bytes().map(usize::from).sum();
        failed.contains(case)
            || !self.known.contains(case)
            || (number + defect as usize).is_multiple_of(ONE_IN)
    }

    /// How another matrix differs from it.
    pub(crate) fn difference(&self, matrix: &str) -> String {
        let diff = TextDiff::from_lines(self.text.as_str(), matrix.trim());
        let mut diff = diff.unified_diff();
        // A case says nothing without its defect.
        diff.context_radius(20).to_string()
    }
}
