//! What an earlier run of a target found, for `status()` and `--rerun-failed`.

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
    /// The file that they were read from.
    path: PathBuf,
    results: Results,
}

/// What is tried, and the rest.
type Chosen = (Vec<Plan>, Vec<Plan>);

/// The file that has what was last seen of each case, where some were tried since the last whole run.
const LAST: &str = "last.json";

impl Earlier {
    /// What the arguments name, or what the last run of the target has left among its evidence.
    ///
    /// # Errors
    /// Why there is nothing.
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
                "there are no results of an earlier run: {path} is not there; run the target once"
            ));
        };
        Results::read_file(path).map(|results| Self { path: path.clone(), results })
    }

    /// The verdicts by case.
    pub(super) fn verdicts(&self) -> BTreeMap<String, Verdict> {
        self.results.cases.iter().map(|case| (case.id.clone(), case.verdict)).collect()
    }

    /// Of what is chosen, the cases that did not pass, and what is said of that. An invariant comes with the
    /// case in whose answers it was broken.
    ///
    /// # Errors
    /// That there are none.
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
            let why =
                format!("no case that is asked for failed, warned or was inconclusive in {path}");
            return Err(CommandError::Nothing(format!("nothing to try again: {why}, of {at}")));
        }
        let count = counted(again.len(), "case");
        Ok((
            (again, rest),
            Some(format!("trying again {count} that did not pass in {path}, of {at}")),
        ))
    }
}

/// Keeps what was seen of each case beside the results of the last whole run, so that what did not pass can be
/// tried again. What was `untried`, for this reason, is as it was before.
///
/// # Errors
/// When the file cannot be written.
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
    let all = Results { cases, whole: false, partition: None, ..results.clone() };
    write_results(&folder.join(LAST), &all.counted())
}

/// Forgets what was seen before a whole run.
pub(super) fn forget_last(evidence: &Path, target: &str) {
    // Where it is not there, there is nothing to forget.
    let _ = std::fs::remove_file(evidence.join(target).join(LAST));
}
