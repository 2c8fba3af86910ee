//! A run as reports know it: its results, and the evidence of each case.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::evidence::Evidence;
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
    /// When there are no results of it, or they are none of ours. Evidence that is gone is left out.
    pub fn read(root: &Path, target: &str) -> io::Result<Self> {
        let text = std::fs::read_to_string(root.join(target).join("results.json"))?;
        let results: Results = serde_json::from_str(&text).map_err(io::Error::other)?;
        let cases = results.cases.iter();
        let evidence: Vec<_> =
            cases.filter_map(|case| Evidence::read(root, target, &case.id).ok()).collect();
        Ok(Self::new(results, evidence))
    }

    /// The cases in the order of the suites, each with its evidence where that is still there.
    pub fn cases(&self) -> impl Iterator<Item = (&CaseEntry, Option<&Evidence>)> {
        self.results.cases.iter().map(|case| (case, self.evidence.get(&case.id)))
    }
}
