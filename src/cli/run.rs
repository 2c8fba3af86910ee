//! `authspec run`.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::args::RunArgs;
use super::prepare::{Prepared, Started, Wrong, prepare, split};
use super::report::write_report;
use super::server::{Server, program};
use crate::report::{
    Console, Drift, Evidence, Record, Results, Row, SideBySide, Tally, Wanted, results,
    write_evidence,
};
use crate::run::{CaseResult, Run, Verdict};
use crate::source::counted;

/// Tries the suites on a target, or on several one after the other, and says what was found.
pub(super) async fn run(
    args: &RunArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, Wrong> {
    let (files, filters) = split(&args.words);
    if files.len() < 2 {
        let done = one(prepare(args)?, args, Shown::All, out, err).await?;
        write_reports(args, done.record.as_slice())?;
        return Ok(ExitCode::from(done.row.exit_code));
    }
    if args.results.is_some() {
        let evidence = args.evidence.display();
        let why = "--results is for one target; of several, the results of each are in";
        return Err(Wrong::Usage(format!("{why} {evidence}/<target>/results.json")));
    }
    // A mistake in the last file is told before the first server is tried.
    let prepared = files.iter().map(|file| {
        let words = std::iter::once(file).chain(filters).cloned().collect();
        prepare(&RunArgs { words, ..args.clone() })
    });
    let (mut rows, mut records) = (Vec::new(), Vec::new());
    for prepared in prepared.collect::<Result<Vec<_>, _>>()? {
        let name = prepared.target.name.clone();
        rows.push(match one(prepared, args, Shown::Trouble, out, err).await {
            Ok(done) => {
                records.extend(done.record);
                done.row
            }
            Err(Wrong::Target(why)) => {
                writeln!(err, "inconclusive: {why}")?;
                Row::untried(name, why)
            }
            Err(wrong) => return Err(wrong),
        });
        if rows.last().is_some_and(|row| row.exit_code == INTERRUPTED) {
            break;
        }
        writeln!(out)?;
    }
    write!(out, "{}", SideBySide(&rows))?;
    write_reports(args, &records)?;
    Ok(ExitCode::from(SideBySide(&rows).exit_code()))
}

/// Writes the reports that were asked for.
fn write_reports(args: &RunArgs, records: &[Record]) -> Result<(), Wrong> {
    for Wanted { format, path } in &args.reports {
        write_report(path, &format.render(records).map_err(Wrong::Usage)?)?;
    }
    Ok(())
}

/// What came of one target.
struct Done {
    row: Row,
    /// What reports are made from, where there are to be any.
    record: Option<Record>,
}

/// What a shell says of a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Which cases have a line of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    /// Those that neither passed nor were not applicable.
    Trouble,
}

/// Tries the suites on one target.
async fn one(
    prepared: Prepared,
    args: &RunArgs,
    shown: Shown,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Done, Wrong> {
    let file = prepared.file.as_ref().filter(|_| args.start);
    let start = file.map(|file| program(file, &prepared.target.start)).transpose()?;
    headline(&prepared, out)?;
    let Some(program) = start else {
        return try_one(prepared, args, shown, out, err).await;
    };
    let server = Server::start(&program, &prepared.target.start).await?;
    let done = try_one(prepared, args, shown, out, err).await;
    server.end().await;
    done
}

/// Tries the suites on one target that is there.
async fn try_one(
    prepared: Prepared,
    args: &RunArgs,
    shown: Shown,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Done, Wrong> {
    let start = Instant::now();
    let ruleset = prepared.ruleset.clone();
    let (count, is_whole) = (prepared.plans().len(), split(&args.words).1.is_empty());
    let Started { run, note, _embedded } = prepared.start().await?;
    if let Some(note) = note {
        writeln!(err, "{note}")?;
    }
    let Tried { results, evidence: kept, drifted, interrupted } =
        try_all(&run, count, args, shown, out).await?;
    let tally = Tally::of(&results, &run.target, drifted);
    if interrupted {
        writeln!(out, "\ninterrupted: {} of {count} cases were tried", results.len())?;
    }
    let all = self::results(&run, &ruleset, &tally, &results, start.elapsed());
    if !interrupted {
        let whole = run.endpoints.is_ok() && is_whole;
        let kept = whole.then(|| args.evidence.join(&run.target.name).join("results.json"));
        for path in args.results.iter().chain(&kept) {
            write_results(path, &all)?;
        }
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
    let took = start.elapsed();
    let seconds = took.as_secs_f64();
    writeln!(out, "{cases}, {requests}, {logins} ({in_browser} in a browser), {seconds:.1} s")?;
    let exit_code = if interrupted { INTERRUPTED } else { tally.exit_code(args.strict) };
    let record = (!args.reports.is_empty()).then(|| Record::new(all, kept));
    let row = Row { target: target.to_owned(), tally, took, untried: None, exit_code };
    Ok(Done { row, record })
}

fn write_results(path: &Path, results: &Results) -> Result<(), Wrong> {
    let text = serde_json::to_string_pretty(results).map_err(io::Error::other)?;
    write_report(path, &(text + "\n"))
}

fn headline(prepared: &Prepared, out: &mut dyn Write) -> io::Result<()> {
    let Prepared { target, ruleset, .. } = prepared;
    let count = counted(prepared.plans().len(), "case");
    let (name, issuer) = (&target.name, &target.issuer.text);
    writeln!(out, "{name} ({issuer}): {count} under the ruleset {ruleset}\n")
}

/// What came of trying all cases.
#[derive(Default)]
struct Tried {
    results: Vec<Arc<CaseResult>>,
    evidence: Vec<Evidence>,
    drifted: usize,
    /// Whether the user had enough before all were tried.
    interrupted: bool,
}

/// Tries all cases at once, as many as may be, then the invariants; shows them in order.
async fn try_all(
    run: &Arc<Run>,
    count: usize,
    args: &RunArgs,
    shown: Shown,
    out: &mut dyn Write,
) -> Result<Tried, Wrong> {
    let mut cases = set_out(run, count, args).into_iter();
    let root = std::path::absolute(&args.snapshot_dir)?;
    let bar = bar(count);
    let mut tried = Tried::default();
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
        let evidence = write_evidence(&args.evidence, &run.target.name, &run.id, &result)?;
        tried.evidence.extend((!args.reports.is_empty()).then_some(evidence));
        let drift = args.snapshots.look(&root, &run.target, &result);
        tried.drifted += usize::from(drift.is_some());
        bar.inc(1);
        // Where nothing could be tried, one word on why is enough.
        let verdict = result.judged.verdict;
        let is_quiet = matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        if run.endpoints.is_ok() && (shown == Shown::All || drift.is_some() || !is_quiet) {
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
