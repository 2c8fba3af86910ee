//! `authspec run`.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::args::RunArgs;
use super::prepare::{Prepared, Started, Wrong, prepare};
use crate::report::{Console, Drift, Tally, results, write_evidence};
use crate::run::{CaseResult, Run, What};

/// Tries the suites on a target and says what was found.
pub(super) async fn run(
    args: &RunArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, Wrong> {
    let start = Instant::now();
    let prepared = prepare(args)?;
    let ruleset = prepared.ruleset.clone();
    headline(&prepared, out)?;
    let Started { run, note, _honest } = prepared.start().await?;
    if let Some(note) = note {
        writeln!(err, "{note}")?;
    }
    let Tried { results, drifted, interrupted } = try_all(&run, args, out).await?;
    let tally = Tally::of(&results, &run.target, drifted);
    if interrupted {
        let (done, all) = (results.len(), run.plans.len());
        writeln!(out, "\ninterrupted: {done} of {all} cases were tried")?;
    }
    if let Some(path) = args.results.as_ref().filter(|_| !interrupted) {
        let all = self::results(&run.target, &ruleset, &tally, &results);
        let text = serde_json::to_string_pretty(&all).map_err(io::Error::other)?;
        std::fs::write(path, text + "\n")
            .map_err(|error| Wrong::Usage(format!("cannot write {}: {error}", path.display())))?;
    }
    if let Err(why) = &run.endpoints {
        return Err(Wrong::Target(why.clone()));
    }
    let (target, evidence) = (run.target.name.as_str(), args.evidence.as_path());
    Console { out, target, evidence }.outcome(&results, &tally)?;
    run.agent().stop().await;
    let (requests, (logins, in_browser)) = (run.requests(), run.agent().logins());
    let (cases, seconds) = (results.len(), start.elapsed().as_secs_f64());
    writeln!(
        out,
        "{cases} cases, {requests} requests, {logins} sign-ins ({in_browser} in a browser), {seconds:.1} s"
    )?;
    Ok(if interrupted { ExitCode::from(130) } else { tally.exit_code(args.strict) })
}

fn headline(prepared: &Prepared, out: &mut dyn Write) -> io::Result<()> {
    let Prepared { target, ruleset, plans, .. } = prepared;
    let count = plans.len();
    let (name, issuer) = (&target.name, &target.issuer.text);
    writeln!(out, "{name} ({issuer}): {count} cases under the ruleset {ruleset}\n")
}

/// What came of trying all cases.
struct Tried {
    results: Vec<Arc<CaseResult>>,
    drifted: usize,
    /// Whether the user had enough before all were tried.
    interrupted: bool,
}

/// Tries all cases at once, as many as may be, then the invariants; shows them in order.
async fn try_all(run: &Arc<Run>, args: &RunArgs, out: &mut dyn Write) -> Result<Tried, Wrong> {
    let mut cases = set_out(run, args).into_iter();
    let root = std::path::absolute(&args.snapshot_dir)?;
    let bar = bar(run.plans.len());
    let mut tried = Tried { results: Vec::new(), drifted: 0, interrupted: false };
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    for index in 0..run.plans.len() {
        let next = async {
            match cases.next() {
                Some(case) => case.await.map_err(io::Error::other),
                None => Ok(run.result(index).await),
            }
        };
        let result = tokio::select! {
            biased;
            _ = &mut interrupt => {
                tried.interrupted = true;
                break;
            }
            result = next => result?,
        };
        write_evidence(&args.evidence, &run.target.name, &result)?;
        let drift = args.snapshots.look(&root, &run.target, &result);
        tried.drifted += usize::from(drift.is_some());
        bar.inc(1);
        // Where nothing could be tried, one word on why is enough.
        if run.endpoints.is_ok() {
            bar.suspend(|| show(&result, drift.as_ref(), args, &run.target.name, out))?;
        }
        tried.results.push(result);
    }
    bar.finish_and_clear();
    cases.for_each(|case| case.abort());
    Ok(tried)
}

/// Starts all cases, of which some wait for their turn.
fn set_out(run: &Arc<Run>, args: &RunArgs) -> Vec<JoinHandle<Arc<CaseResult>>> {
    let turns = Arc::new(Semaphore::new(usize::from(args.jobs.max(1))));
    (0..run.plans.len())
        .filter(|index| !matches!(run.plans[*index].what, What::Invariant(_)))
        .map(|index| {
            let (run, turns) = (Arc::clone(run), Arc::clone(&turns));
            tokio::spawn(async move {
                let _turn = turns.acquire().await;
                run.result(index).await
            })
        })
        .collect()
}

fn show(
    result: &CaseResult,
    drift: Option<&Drift>,
    args: &RunArgs,
    target: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    Console { out: &mut *out, target, evidence: &args.evidence }.case(result)?;
    match drift {
        Some(drift) => writeln!(out, "drift: {}\n{}", drift.path.display(), drift.diff),
        None => Ok(()),
    }
}

/// A progress bar on a terminal, nothing elsewhere.
fn bar(count: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(count as u64), target);
    bar.with_style(style.expect("a template of ours"))
}
