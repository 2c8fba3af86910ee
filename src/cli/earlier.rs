//! The results of an earlier run of a target, for `status()` and `--rerun-failed`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::command_error::CommandError;
use super::write::write_results;
use crate::report::Results;
use crate::run::{Plan, Verdict};
use crate::source::counted;

/// The results of an earlier run.
pub(super) struct Earlier {
    /// The file they were read from.
    path: PathBuf,
    results: Results,
}

/// The plans to run, and the rest.
type Chosen = (Vec<Plan>, Vec<Plan>);

/// The file with the latest verdict of each case, if some were run since the last complete run.
const LAST: &str = "last.json";

impl Earlier {
    /// The results that the arguments name, or those that the last run of the target left with its evidence.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) fn of(args: &RunArgs, target: &str) -> Result<Self, String> {
        let Some(Some(path)) = &args.rerun_failed else {
            return Self::read(&args.evidence, target);
        };
        let results = Results::read_file(path)?;
        if results.target.name != target {
            let (name, file) = (&results.target.name, path.display());
            return Err(format!("{file} has the results of another target: {name}, not {target}"));
        }
        Ok(Self { path: path.clone(), results })
    }

    fn read(evidence: &Path, target: &str) -> Result<Self, String> {
        let folder = evidence.join(target);
        let paths = [folder.join(LAST), folder.join("results.json")];
        let Some(path) = paths.iter().find(|path| path.exists()) else {
            let path = paths[1].display();
            return Err(format!(
                "there are no results of an earlier run: {path} does not exist; run the target once"
            ));
        };
        Results::read_file(path).map(|results| Self { path: path.clone(), results })
    }

    /// The verdicts by case.
    pub(super) fn verdicts(&self) -> BTreeMap<String, Verdict> {
        self.results.cases.iter().map(|case| (case.id.clone(), case.verdict)).collect()
    }

    /// The selected cases that did not pass, and a note about them. An invariant brings the case whose
    /// answers broke it.
    ///
    /// # Errors
    /// If there are none.
    pub(super) fn failed(&self, chosen: Chosen) -> Result<(Chosen, Option<String>), CommandError> {
        let is_bad =
            |it: &Verdict| matches!(it, Verdict::Fail | Verdict::Warn | Verdict::Inconclusive);
        let bad: Vec<_> = self.results.cases.iter().filter(|it| is_bad(&it.verdict)).collect();
        let ids = bad.iter().flat_map(|it| [Some(&it.id), it.broken_in.as_ref()]).flatten();
        let ids: BTreeSet<_> = ids.collect();
        let (plans, mut rest) = chosen;
        let (again, others): (Vec<_>, Vec<_>) =
            plans.into_iter().partition(|plan| ids.contains(&plan.id));
        rest.splice(0..0, others);
        let (path, at) = (self.path.display(), &self.results.at);
        if again.is_empty() {
            let why = format!("no selected case failed, warned or was inconclusive in {path}");
            return Err(CommandError::Nothing(format!("nothing to rerun: {why}, of {at}")));
        }
        let count = counted(again.len(), "case");
        Ok(((again, rest), Some(format!("rerunning {count} that did not pass in {path}, of {at}"))))
    }
}

/// Keeps the latest verdict of each case next to the results of the last complete run, so that failures can
/// be rerun. Cases that were not run, for the reason `untried`, keep their verdict.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn keep_last(
    evidence: &Path,
    results: &Results,
    untried: Option<&str>,
) -> Result<(), CommandError> {
    let folder = evidence.join(&results.target.name);
    let same =
        |it: &Results| it.ruleset == results.ruleset && it.target.issuer == results.target.issuer;
    let before = Earlier::read(evidence, &results.target.name).ok();
    let before = before.map(|it| it.results).filter(|it| same(it));
    let mut cases = before.map(|before| before.cases).unwrap_or_default();
    for case in &results.cases {
        let is_untried = untried.is_some() && case.reason.as_deref() == untried;
        match cases.iter_mut().find(|known| known.id == case.id) {
            Some(known) if !is_untried => *known = case.clone(),
            Some(_) => {}
            None => cases.push(case.clone()),
        }
    }
    let all =
        Results { cases, whole: false, partition: None, modules: Vec::new(), ..results.clone() };
    write_results(&folder.join(LAST), &all.counted())
}

/// Forgets the verdicts from before a complete run.
pub(super) fn forget_last(evidence: &Path, target: &str) {
    // A missing file is fine.
    let _ = std::fs::remove_file(evidence.join(target).join(LAST));
}
