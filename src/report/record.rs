//! A run as reports know it: its results, and the evidence of each case.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::evidence::{Evidence, evidence_path};
use super::results::{CaseEntry, Results};

/// The results of a run of one target, with the evidence behind them.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the run found.
    pub results: Results,
    /// The evidence by case; that of a case which was tried again since is not of this run, and is
    /// not here.
    evidence: BTreeMap<String, Evidence>,
}

impl Record {
    /// A run and the evidence of its cases.
    pub fn new(results: Results, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        let of_it = evidence.into_iter().filter(|evidence| evidence.run == results.run);
        let evidence = of_it.map(|evidence| (evidence.id.clone(), evidence)).collect();
        Self { results, evidence }
    }

    /// Reads what the last whole run of a target left in the folder of the evidence files.
    ///
    /// # Errors
    /// When there are no results of it, or a file is none of ours. Evidence that is gone is left out.
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
        Ok(Self::new(results, evidence))
    }

    /// Leaves out all cases but one, which is named with its client or, for all clients, without.
    pub fn keep(&mut self, case: &str) {
        let is_it = |id: &str| id == case || id.split('@').next() == Some(case);
        self.results.cases.retain(|entry| is_it(&entry.id));
        self.evidence.retain(|id, _| is_it(id));
    }

    /// The cases in the order of the suites, each with its evidence where that is still there.
    pub fn cases(&self) -> impl Iterator<Item = (&CaseEntry, Option<&Evidence>)> {
        self.results.cases.iter().map(|case| (case, self.evidence.get(&case.id)))
    }
}
