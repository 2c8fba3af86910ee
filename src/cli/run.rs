//! `authspec run`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::args::RunArgs;
use super::audit_targets::two_of_one_name;
use super::bless;
use super::command_error::CommandError;
use super::earlier::{forget_last, keep_last};
use super::execute::{Ended, Tried, try_all};
use super::interrupt::{BRIEFLY, INTERRUPTED, Interrupt, hurry};
use super::next_steps::next_steps;
use super::operands::{self, split};
use super::prepare::{Prepared, Started, prepare};
use super::server::{Server, program};
use super::shown::Shown;
use super::write::{write_report, write_results, write_timings};
use crate::report::{
    Console, Part, Record, Results, Row, SideBySide, Tally, Timings, TimingsLine, Wanted,
    module_table, prepare_file, results, untried,
};
use crate::run::{CaseResult, Partition, Run};
use crate::source::counted;
use crate::wire::without_credentials;

/// Runs the suites against one target, or against several in turn, and reports the results.
pub(super) async fn run(
    args: &RunArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    bless::check(args)?;
    operands::check(&args.words)?;
    each_has_its_file(args)?;
    outputs(args)?;
    let interrupt = Interrupt::listen()?;
    if split(&args.words).0.len() > 1 {
        return several(args, &interrupt, out, err).await;
    }
    let shown = Shown::new(args, true);
    let done = one(prepare(args)?, args, shown, &interrupt, out, err).await?;
    let reports = write_reports(args, done.record.as_slice());
    done.unwritten.map_or(reports, Err)?;
    match done.row.untried {
        Some(why) => Err(CommandError::Target(why)),
        None => Ok(ExitCode::from(done.row.exit_code)),
    }
}

/// Runs the suites against several targets, one after the other.
async fn several(
    args: &RunArgs,
    interrupt: &Interrupt,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let (files, filters) = split(&args.words);
    if args.timings.is_some() {
        let why = "--timings is for a single target; run the targets one by one";
        return Err(CommandError::Usage(why.to_owned()));
    }
    if args.results.is_some() {
        let evidence = args.evidence.display();
        let why = "--results is for a single target; with several, the results of each are in";
        return Err(CommandError::Usage(format!("{why} {evidence}/<target>/results.json")));
    }
    // A mistake in the last file is reported before the first server is tested.
    let prepared = prepare_all(&files, &filters, args, out)?;
    let (mut rows, mut records, mut written) = (Vec::new(), Vec::new(), Ok(()));
    for prepared in prepared {
        let name = prepared.target.name.clone();
        rows.push(match one(prepared, args, Shown::new(args, false), interrupt, out, err).await {
            Ok(done) => {
                records.extend(done.record);
                written = written.and(done.unwritten.map_or(Ok(()), Err));
                if let Some(why) = &done.row.untried {
                    writeln!(err, "inconclusive: {why}")?;
                }
                done.row
            }
            Err(CommandError::Target(why)) => {
                writeln!(err, "inconclusive: {why}")?;
                Row::untried(name, why)
            }
            Err(CommandError::Interrupted) => {
                Row { exit_code: INTERRUPTED, ..Row::untried(name, "interrupted".to_owned()) }
            }
            Err(wrong) => return Err(wrong),
        });
        if rows.last().is_some_and(|row| row.exit_code == INTERRUPTED) {
            break;
        }
        writeln!(out)?;
    }
    write!(out, "{}", SideBySide(&rows))?;
    written.and(write_reports(args, &records))?;
    Ok(ExitCode::from(SideBySide(&rows).exit_code()))
}

/// Prepares all targets, except those without any case to rerun.
fn prepare_all(
    files: &[String],
    filters: &[String],
    args: &RunArgs,
    out: &mut dyn Write,
) -> Result<Vec<Prepared>, CommandError> {
    let (mut prepared, mut nothing) = (Vec::new(), None);
    for file in files {
        let words = std::iter::once(file).chain(filters).cloned().collect();
        match prepare(&RunArgs { words, ..args.clone() }) {
            Err(CommandError::Nothing(why)) => {
                writeln!(out, "{file}: {why}")?;
                nothing = Some(why);
            }
            one => prepared.push(one?),
        }
    }
    if let Some(why) = nothing.filter(|_| prepared.is_empty()) {
        return Err(CommandError::Nothing(why));
    }
    each_has_its_name(&prepared)?;
    Ok(prepared)
}

/// Refuses two targets with the same name, as the second would overwrite the evidence of the first.
fn each_has_its_name(prepared: &[Prepared]) -> Result<(), CommandError> {
    let mut names = BTreeSet::new();
    match prepared.iter().find(|it| !names.insert(it.target.name.as_str())) {
        Some(twice) => Err(CommandError::Usage(two_of_one_name(&twice.target.name))),
        None => Ok(()),
    }
}

/// Refuses to write two things to the same file, as the second would overwrite the first.
fn each_has_its_file(args: &RunArgs) -> Result<(), CommandError> {
    let results = args.results.iter().map(|path| ("results.json".to_owned(), path));
    let timings = args.timings.iter().map(|path| ("the timings".to_owned(), path));
    let reports = args.reports.iter().map(|it| (format!("the report {}", it.format), &it.path));
    let files: Vec<_> = results.chain(timings).chain(reports).collect();
    for (index, (name, path)) in files.iter().enumerate() {
        if let Some((twin, _)) = files[..index].iter().find(|(_, known)| known == path) {
            let path = path.display();
            let why = format!("{twin} and {name} cannot both be written to {path}");
            return Err(CommandError::Usage(format!("{why}; give each its own file")));
        }
    }
    Ok(())
}

/// Refuses files that cannot be written, before the run rather than after it.
fn outputs(args: &RunArgs) -> Result<(), CommandError> {
    let reports = args.reports.iter().map(|it| it.path.clone());
    let evidence = args.evidence.join("results.json");
    let single = [&args.results, &args.timings].into_iter().flatten().cloned();
    for path in single.chain(reports).chain([evidence]) {
        prepare_file(&path).map_err(|error| {
            CommandError::Usage(format!("cannot write {}: {error}", path.display()))
        })?;
    }
    Ok(())
}

/// Writes the requested reports. The error is about the first that cannot be written; the others are
/// written nevertheless.
fn write_reports(args: &RunArgs, records: &[Record]) -> Result<(), CommandError> {
    let mut written = Ok(());
    for Wanted { format, path } in &args.reports {
        let text = format.render(records).map_err(CommandError::Usage);
        written = written.and(text.and_then(|text| write_report(path, &text)));
    }
    written
}

/// The outcome for one target.
struct Done {
    row: Row,
    /// The source of reports, if any are requested.
    record: Option<Record>,
    /// Why its results could not be written, if so. Reports are written nevertheless.
    unwritten: Option<CommandError>,
}

/// Runs the suites against one target.
async fn one(
    prepared: Prepared,
    args: &RunArgs,
    shown: Shown,
    interrupt: &Interrupt,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Done, CommandError> {
    let file = prepared.file.as_ref().filter(|_| args.start);
    let start = file.map(|file| program(file, &prepared.target.start)).transpose()?;
    if !args.terminal.quiet {
        headline(&prepared, args.partition, out)?;
    }
    let Some(program) = start else {
        return try_one(prepared, args, shown, interrupt, out, err).await;
    };
    let server = Server::start(&program, &prepared.target.start);
    let mut server = match interrupt.or(server).await.ok_or(CommandError::Interrupted)? {
        Err(CommandError::Target(why)) => {
            return Ok(unstarted(&prepared, why, args.strict, &args.evidence));
        }
        server => server?,
    };
    let done = try_one(prepared, args, shown, interrupt, out, err).await;
    if interrupt.or(server.end()).await.is_none() {
        // A server that does not stop in time is killed.
        let _ = timeout(BRIEFLY, server.end()).await;
    }
    done
}

/// The outcome for a target whose server did not start, which reports still name.
fn unstarted(prepared: &Prepared, why: String, strict: bool, evidence: &Path) -> Done {
    let Prepared { target, ruleset, modules, .. } = prepared;
    let results = untried(target, ruleset, prepared.plans(), &why).with_modules(modules);
    let record = Record::new(Results { strict, ..results }, None, evidence);
    let row = Row::untried(target.name.clone(), why);
    Done { row, record: Some(record), unwritten: None }
}

/// Runs the suites against one target whose server is running.
async fn try_one(
    mut prepared: Prepared,
    args: &RunArgs,
    shown: Shown,
    interrupt: &Interrupt,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Done, CommandError> {
    let start = Instant::now();
    let (file, ruleset) = (prepared.file.clone(), prepared.ruleset.clone());
    let modules = std::mem::take(&mut prepared.modules);
    let (count, order) = (prepared.plans().len(), prepared.order.clone());
    let is_all = !operands::are_filtered(args);
    prepared.tries_all = true;
    let started = interrupt.or(prepared.start()).await.ok_or(CommandError::Interrupted)?;
    let Started { run, note, embedded: _embedded } = started?;
    if let Some(note) = note.filter(|_| !args.terminal.quiet) {
        writeln!(err, "{note}")?;
    }
    let console = Console::new(shown.style, shown.status);
    let Tried { results, evidence: kept, drifted, ended, untried } =
        try_all(&run, count, args, console, interrupt, out).await?;
    let mut tally = Tally::of(&results, &run.target, drifted);
    let complete = run.endpoints.is_ok() && is_all && ended.is_none();
    let whole = complete && args.partition.is_none();
    let partition =
        args.partition.map(|it| Part::new(it, &run, &order, complete, &mut tally, &results));
    let all = self::results(&run, &ruleset, whole, &tally, &results, start.elapsed());
    let all = Results { partition, strict: args.strict, ..all }.with_modules(&modules);
    let modules = module_table(&all, shown.style, args.terminal.verbose);
    let mut written = args.results.as_ref().map_or(Ok(()), |path| write_results(path, &all));
    if run.endpoints.is_ok() {
        let is_own = is_all || args.partition.is_some();
        let why = ended.map(Ended::reason);
        written = written.and(keep(&args.evidence, &all, (is_own, complete), why, out));
    }
    let timings = args.timings.as_ref().map(|path| {
        let at_once = (usize::from(args.jobs), usize::from(args.browsers));
        (path, Timings::new(&run.target.name, &results, start.elapsed(), at_once))
    });
    if let Some((path, timings)) = &timings {
        written = written.and(write_timings(path, timings));
    }
    let unwritten = written.err();
    let record = (!args.reports.is_empty()).then(|| Record::new(all, kept, &args.evidence));
    if let Err(why) = &run.endpoints {
        let row = Row::untried(run.target.name.clone(), why.clone());
        return Ok(Done { row, record, unwritten });
    }
    let file = file.as_deref();
    let timings = timings.map(|(_, timings)| timings);
    let ran = Ran { run: &run, file, count, results, tally, whole, ended, untried, start, timings };
    Ok(Done { row: ran.sum_up(args, shown, &modules, out).await?, record, unwritten })
}

/// The outcome of a run against a running server.
struct Ran<'a> {
    run: &'a Run,
    /// The target file.
    file: Option<&'a Path>,
    /// The number of selected cases.
    count: usize,
    results: Vec<Arc<CaseResult>>,
    tally: Tally,
    /// Whether all cases under the ruleset were run.
    whole: bool,
    /// Why the run ended early, if it did, and how many cases were not run.
    ended: Option<Ended>,
    untried: usize,
    start: Instant,
    timings: Option<Timings>,
}

impl Ran<'_> {
    /// Prints the summary, and stops the browser.
    async fn sum_up(
        self,
        args: &RunArgs,
        shown: Shown,
        modules: &str,
        out: &mut dyn Write,
    ) -> Result<Row, CommandError> {
        let Self { run, file, count, results, tally, whole, ended, untried, start, timings } = self;
        let (target, next) = (run.target.name.as_str(), next_steps(args, file, run));
        let summary = shown.summary(target, args, &next);
        summary.details(&results, &tally, out)?;
        if let Some(file) = file.filter(|_| args.bless) {
            bless::add(file, run, &results, whole, args.strict, out)?;
        }
        if let Some(ended) = ended {
            let (word, tried) = (ended.word(), count - untried);
            writeln!(out, "\n{word}: {tried} of {count} cases were run")?;
        }
        write!(out, "{modules}")?;
        summary.totals(&tally, out)?;
        match ended {
            Some(Ended::Interrupted) => hurry(run.agent()).await,
            _ => run.agent().stop().await,
        }
        let took = start.elapsed();
        if !args.terminal.quiet {
            effort(run, results.len(), usize::from(args.jobs.max(1)), took, out)?;
            if let Some(timings) = &timings {
                writeln!(out, "{}", TimingsLine(timings))?;
            }
        }
        let exit_code = match ended {
            Some(Ended::Interrupted) => INTERRUPTED,
            _ => tally.exit_code(args.strict),
        };
        summary.next(&results, out)?;
        Ok(Row { target: target.to_owned(), tally, took, untried: None, exit_code })
    }
}

/// Keeps the results with the evidence. The results of an interrupted run, or of some cases only, do not
/// replace those of a complete run. `untried` is the reason given for cases that were not run.
fn keep(
    evidence: &Path,
    results: &Results,
    (is_own, complete): (bool, bool),
    untried: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let path = evidence.join(&results.target.name).join("results.json");
    if complete || is_own && !is_of_whole_run(&path) {
        forget_last(evidence, &results.target.name);
        return write_results(&path, results);
    }
    keep_last(evidence, results, untried)?;
    if is_own {
        writeln!(out, "{} is kept from an earlier, complete run", path.display())?;
    }
    Ok(())
}

/// Prints the effort of the run.
fn effort(
    run: &Run,
    cases: usize,
    jobs: usize,
    took: Duration,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (requests, (logins, in_browser)) = (run.requests(), run.agent().logins());
    let (cases, requests, logins) =
        (counted(cases, "case"), counted(requests, "request"), counted(logins, "sign-in"));
    let seconds = took.as_secs_f64();
    writeln!(out, "{cases}, {requests}, {logins} ({in_browser} in a browser), {seconds:.1} s")?;
    if let Some(ahead) = run.ahead() {
        let by = humantime::format_duration(Duration::from_secs(ahead.unsigned_abs()));
        let which = if ahead > 0 { "ahead of" } else { "behind" };
        writeln!(
            out,
            "the server's clock is {by} {which} the local clock: ID tokens were judged by the server's; correct the \
            wrong one"
        )?;
    }
    if run.waits() > 0 {
        let times = counted(run.waits(), "time");
        writeln!(out, "the server asked to wait {times}; the run waited")?;
    }
    if run.left_registered() > 0 {
        let clients = counted(run.left_registered(), "registered client");
        writeln!(
            out,
            "{clients} could not be deleted: delete those named `authspec audit` at the server"
        )?;
    }
    if run.stumbles() > 0 {
        let (times, most) = (counted(run.stumbles(), "time"), run.at_once(jobs));
        let spared = format!("cases were retried, in the end {most} instead of {jobs} at once");
        let how = "no answer, or an occasional 5xx or redirect";
        writeln!(out, "the server stumbled {times} ({how}): {spared}")?;
    }
    Ok(())
}

/// Whether the file has the results of a complete run, which those of a partial run must not replace.
fn is_of_whole_run(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str::<Results>(&text).is_ok_and(|results| results.whole)
}

fn headline(prepared: &Prepared, part: Option<Partition>, out: &mut dyn Write) -> io::Result<()> {
    let Prepared { target, ruleset, .. } = prepared;
    let count = counted(prepared.plans().len(), "case");
    let (name, issuer) = (&target.name, without_credentials(&target.issuer.text));
    let part = part.map(|part| format!(", {part} of {}", prepared.order.len()));
    let part = part.unwrap_or_default();
    if prepared.is_embedded() {
        writeln!(out, "no target file given: testing the built-in server, honest")?;
    }
    if let Some(again) = &prepared.again {
        writeln!(out, "{again}")?;
    }
    writeln!(out, "{name} ({issuer}): {count} under the ruleset {ruleset}{part}\n")
}
