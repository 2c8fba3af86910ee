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

/// The settings for cases as tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether a warning fails.
    pub strict: bool,
    /// What to do with snapshots.
    pub snapshots: Snapshots,
    /// The absolute path of the snapshot folder.
    pub snapshot_root: PathBuf,
    /// The evidence folder.
    pub evidence: PathBuf,
}

/// One trial per plan. Each trial calls `run` to get the run, which the first call starts.
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
                    // Invariants check the answers of all cases selected in this process.
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
