//! Cases as tests of libtest-mimic.

use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use tokio::runtime::Handle;

use super::case_evidence;
use super::console::block;
use super::recorder::redacted_text;
use super::snapshot::Snapshots;
use crate::run::{CaseResult, Plan, PlanKind, Run, Verdict};

/// How cases are reported as tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether a warning fails.
    pub strict: bool,
    /// What is done about snapshots.
    pub snapshots: Snapshots,
    /// The folder of the snapshots, an absolute path.
    pub snapshot_root: PathBuf,
    /// The folder of the evidence files.
    pub evidence: PathBuf,
}

/// One trial a plan; `run` is asked for the run when the first of them is made, and every time after.
pub fn trials<F>(plans: &[Plan], runtime: &Handle, run: F, options: &Options) -> Vec<Trial>
where
    F: Fn() -> Result<Arc<Run>, String> + Clone + Send + 'static,
{
    let trial = |(index, plan): (usize, &Plan)| {
        let (cite, level, _) = plan.requirement();
        let kind = format!("{cite} {level}");
        let (runtime, run, options) = (runtime.clone(), run.clone(), options.clone());
        let invariant = matches!(plan.what, PlanKind::Invariant(_));
        let ignored = matches!(plan.what, PlanKind::NotApplicable(_));
        Trial::ignorable_test(plan.id.clone(), move || {
            let run = run()?;
            let result = runtime.block_on(async {
                if invariant {
                    // It looks at the answers of all cases that this process was asked for.
                    run.finish_cases().await;
                }
                run.result(index).await
            });
            conclude(&run, &result, &options)
        })
        .with_kind(kind)
        .with_ignored_flag(ignored)
    };
    plans.iter().enumerate().map(trial).collect()
}

fn conclude(run: &Run, result: &CaseResult, options: &Options) -> Result<Completion, Failed> {
    let target = &run.target.name;
    case_evidence::write(&options.evidence, target, &run.id, result)
        .map_err(|error| format!("failed to write the evidence: {error}"))?;
    let text = block(result, target, &options.evidence);
    let reason = result.judged.reason.clone().unwrap_or_default();
    let reason = redacted_text(&result.names, &reason);
    match result.judged.verdict {
        Verdict::Fail => return Err(text.into()),
        Verdict::Warn if options.strict => return Err(text.into()),
        Verdict::Inconclusive => return Err(format!("inconclusive: {reason}\n{text}").into()),
        Verdict::NotApplicable => return Ok(Completion::ignored_with(reason)),
        Verdict::Known => return Ok(Completion::ignored_with(format!("known: {reason}"))),
        Verdict::Pass | Verdict::Warn => {}
    }
    let entries = run.target.known.get(&result.plan.id);
    if entries.is_some_and(|entries| entries.iter().all(|entry| !entry.sometimes)) {
        return Err(format!("stale: known.toml says that {} deviates", result.plan.id).into());
    }
    match options.snapshots.look(&options.snapshot_root, &run.target, result) {
        Some(drift) => Err(format!("drift: {}\n{}", drift.path.display(), drift.diff).into()),
        None => Ok(Completion::Completed),
    }
}
