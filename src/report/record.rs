//! The input of reports: the results of a run, and the evidence of each case.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::case_entry::CaseEntry;
use super::evidence::{Evidence, evidence_path};
use super::results::Results;

/// The results of a run of one target, with the evidence behind them.
#[derive(Clone, Debug)]
pub struct Record {
    /// The results.
    pub results: Results,
    /// The evidence by case, without the evidence of cases that were rerun later.
    evidence: BTreeMap<String, Evidence>,
    /// The evidence folder.
    root: PathBuf,
}

impl Record {
    /// Creates a record of a run and the evidence of its cases, whose files are in this folder.
    pub fn new(
        results: Results,
        evidence: impl IntoIterator<Item = Evidence>,
        root: &Path,
    ) -> Self {
        let of_it = evidence.into_iter().filter(|evidence| evidence.run == results.run);
        let evidence = of_it.map(|evidence| (evidence.id.clone(), evidence)).collect();
        Self { results, evidence, root: root.to_owned() }
    }

    /// Reads the results and evidence of the last complete run of a target. Missing evidence is left out.
    ///
    /// # Errors
    /// If there are no results, or a file is invalid.
    pub fn read(root: &Path, target: &str) -> Result<Self, String> {
        let results = Results::read(root, target)?;
        let mut evidence = Vec::new();
        for case in &results.cases {
            match Evidence::read(root, target, &case.id) {
                Ok(read) => evidence.push(read),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let path = evidence_path(root, target, &case.id);
                    let right = "run all cases of the target again, or remove it";
                    return Err(format!("cannot read {}: {error}; {right}", path.display()));
                }
            }
        }
        Ok(Self::new(results, evidence, root))
    }

    /// Keeps only one case, named with a client or, for all clients, without.
    pub fn keep(&mut self, case: &str) {
        let is_it = |id: &str| id == case || id.split('@').next() == Some(case);
        self.results.cases.retain(|entry| is_it(&entry.id));
        self.evidence.retain(|id, _| is_it(id));
    }

    /// The cases in the order of the suites, each with its evidence if that still exists.
    pub fn cases(&self) -> impl Iterator<Item = (&CaseEntry, Option<&Evidence>)> {
        self.results.cases.iter().map(|case| (case, self.evidence.get(&case.id)))
    }

    /// The evidence file of a case.
    pub fn evidence_file(&self, id: &str) -> PathBuf {
        evidence_path(&self.root, &self.results.target.name, id)
    }

    /// The screenshot of this case, as PNG, if there is one of at most so many bytes.
    pub fn screenshot(&self, evidence: &Evidence, limit: u64) -> Option<Vec<u8>> {
        // Next to the evidence file, whatever path that file names.
        let name = Path::new(evidence.screenshot.as_ref()?).file_name()?;
        let path = self.evidence_file(&evidence.id).with_file_name(name);
        let size = std::fs::metadata(&path).ok()?.len();
        let png = (size <= limit).then(|| std::fs::read(path).ok()).flatten()?;
        png.starts_with(b"\x89PNG").then_some(png)
    }
}
