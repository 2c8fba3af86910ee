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
use crate::run::{CaseResult, Run};
use crate::source::counted;

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
    let count = prepared.plans().len();
    let Started { run, note, _embedded } = prepared.start().await?;
    if let Some(note) = note {
        writeln!(err, "{note}")?;
    }
    let Tried { results, drifted, interrupted } = try_all(&run, count, args, out).await?;
    let tally = Tally::of(&results, &run.target, drifted);
    if interrupted {
        writeln!(out, "\ninterrupted: {} of {count} cases were tried", results.len())?;
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
    let (cases, requests, logins) =
        (counted(results.len(), "case"), counted(requests, "request"), counted(logins, "sign-in"));
    let seconds = start.elapsed().as_secs_f64();
    writeln!(out, "{cases}, {requests}, {logins} ({in_browser} in a browser), {seconds:.1} s")?;
    Ok(if interrupted { ExitCode::from(130) } else { tally.exit_code(args.strict) })
}

fn headline(prepared: &Prepared, out: &mut dyn Write) -> io::Result<()> {
    let Prepared { target, ruleset, .. } = prepared;
    let count = counted(prepared.plans().len(), "case");
    let (name, issuer) = (&target.name, &target.issuer.text);
    writeln!(out, "{name} ({issuer}): {count} under the ruleset {ruleset}\n")
}

/// What came of trying all cases.
struct Tried {
    results: Vec<Arc<CaseResult>>,
    drifted: usize,
    /// Whether the user had enough before all were tried.
    interrupted: bool,
}

/// Tries all cases at once, as many as may be, then the invariants; shows them in order.
async fn try_all(
    run: &Arc<Run>,
    count: usize,
    args: &RunArgs,
    out: &mut dyn Write,
) -> Result<Tried, Wrong> {
    let mut cases = set_out(run, count, args).into_iter();
    let root = std::path::absolute(&args.snapshot_dir)?;
    let bar = bar(count);
    let mut tried = Tried { results: Vec::new(), drifted: 0, interrupted: false };
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    for index in 0..count {
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
fn set_out(run: &Arc<Run>, count: usize, args: &RunArgs) -> Vec<JoinHandle<Arc<CaseResult>>> {
    let turns = Arc::new(Semaphore::new(usize::from(args.jobs.max(1))));
    run.cases()
        .take_while(|index| *index < count)
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
