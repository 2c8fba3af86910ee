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
use super::write::{write_report, write_results};
use crate::report::{
    Console, Part, Record, Results, Row, SideBySide, Tally, Wanted, prepare_file, results, untried,
};
use crate::run::{CaseResult, Partition, Run};
use crate::source::counted;
use crate::wire::without_credentials;

/// Tries the suites on a target, or on several one after the other, and says what was found.
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

/// Tries the suites on several targets, one after the other.
async fn several(
    args: &RunArgs,
    interrupt: &Interrupt,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let (files, filters) = split(&args.words);
    if args.results.is_some() {
        let evidence = args.evidence.display();
        let why = "--results is for one target; of several, the results of each are in";
        return Err(CommandError::Usage(format!("{why} {evidence}/<target>/results.json")));
    }
    // A mistake in the last file is told before the first server is tried.
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

/// Prepares all targets, but for those of which nothing is to be tried again.
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

/// Refuses to try two targets of one name, as the evidence of the first would be gone.
fn each_has_its_name(prepared: &[Prepared]) -> Result<(), CommandError> {
    let mut names = BTreeSet::new();
    match prepared.iter().find(|it| !names.insert(it.target.name.as_str())) {
        Some(twice) => Err(CommandError::Usage(two_of_one_name(&twice.target.name))),
        None => Ok(()),
    }
}

/// Refuses to write two things to one file, as the first would be gone.
fn each_has_its_file(args: &RunArgs) -> Result<(), CommandError> {
    let results = args.results.iter().map(|path| ("results.json".to_owned(), path));
    let reports = args.reports.iter().map(|it| (format!("the report {}", it.format), &it.path));
    let files: Vec<_> = results.chain(reports).collect();
    for (index, (name, path)) in files.iter().enumerate() {
        if let Some((twin, _)) = files[..index].iter().find(|(_, known)| known == path) {
            let path = path.display();
            let why = format!("{twin} and {name} cannot both be written to {path}");
            return Err(CommandError::Usage(format!("{why}; give each a file of its own")));
        }
    }
    Ok(())
}

/// Refuses files that cannot be written, before the run rather than after it.
fn outputs(args: &RunArgs) -> Result<(), CommandError> {
    let reports = args.reports.iter().map(|it| it.path.clone());
    let evidence = args.evidence.join("results.json");
    for path in args.results.iter().cloned().chain(reports).chain([evidence]) {
        prepare_file(&path).map_err(|error| {
            CommandError::Usage(format!("cannot write {}: {error}", path.display()))
        })?;
    }
    Ok(())
}

/// Writes the reports that were asked for. The error is about the first that cannot be written; the others
/// are.
fn write_reports(args: &RunArgs, records: &[Record]) -> Result<(), CommandError> {
    let mut written = Ok(());
    for Wanted { format, path } in &args.reports {
        let text = format.render(records).map_err(CommandError::Usage);
        written = written.and(text.and_then(|text| write_report(path, &text)));
    }
    written
}

/// What came of one target.
struct Done {
    row: Row,
    /// What reports are made from, where there are to be any.
    record: Option<Record>,
    /// Why its results could not be written, where that is so: reports are all the same.
    unwritten: Option<CommandError>,
}

/// Tries the suites on one target.
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
        // What does not end in time is killed.
        let _ = timeout(BRIEFLY, server.end()).await;
    }
    done
}

/// What comes of a target whose server did not start: reports name it all the same.
fn unstarted(prepared: &Prepared, why: String, strict: bool, evidence: &Path) -> Done {
    let Prepared { target, ruleset, .. } = prepared;
    let results = untried(target, ruleset, prepared.plans(), &why);
    let record = Record::new(Results { strict, ..results }, None, evidence);
    let row = Row::untried(target.name.clone(), why);
    Done { row, record: Some(record), unwritten: None }
}

/// Tries the suites on one target that is there.
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
    let (count, order) = (prepared.plans().len(), prepared.order.clone());
    let is_all = !operands::are_filtered(args);
    prepared.tries_all = true;
    let started = interrupt.or(prepared.start()).await.ok_or(CommandError::Interrupted)?;
    let Started { run, note, _embedded } = started?;
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
    let all = Results { partition, strict: args.strict, ..all };
    let mut written = args.results.as_ref().map_or(Ok(()), |path| write_results(path, &all));
    if run.endpoints.is_ok() {
        let is_own = is_all || args.partition.is_some();
        let why = ended.map(Ended::reason);
        written = written.and(keep(&args.evidence, &all, (is_own, complete), why, out));
    }
    let unwritten = written.err();
    let record = (!args.reports.is_empty()).then(|| Record::new(all, kept, &args.evidence));
    if let Err(why) = &run.endpoints {
        let row = Row::untried(run.target.name.clone(), why.clone());
        return Ok(Done { row, record, unwritten });
    }
    let file = file.as_deref();
    let ran = Ran { run: &run, file, count, results, tally, whole, ended, untried, start };
    Ok(Done { row: ran.sum_up(args, shown, out).await?, record, unwritten })
}

/// What came of trying a target that is there.
struct Ran<'a> {
    run: &'a Run,
    /// The target file.
    file: Option<&'a Path>,
    /// How many cases were to be tried.
    count: usize,
    results: Vec<Arc<CaseResult>>,
    tally: Tally,
    /// Whether all cases under the ruleset were tried.
    whole: bool,
    /// Why the run ended before all were tried, and how many were not.
    ended: Option<Ended>,
    untried: usize,
    start: Instant,
}

impl Ran<'_> {
    /// Says what it comes to, and ends the browser.
    async fn sum_up(
        self,
        args: &RunArgs,
        shown: Shown,
        out: &mut dyn Write,
    ) -> Result<Row, CommandError> {
        let Self { run, file, count, results, tally, whole, ended, untried, start } = self;
        let (target, next) = (run.target.name.as_str(), next_steps(args, file, run));
        let summary = shown.summary(target, args, &next);
        summary.details(&results, &tally, out)?;
        if let Some(file) = file.filter(|_| args.bless) {
            bless::add(file, run, &results, whole, args.strict, out)?;
        }
        if let Some(ended) = ended {
            let (word, tried) = (ended.word(), count - untried);
            writeln!(out, "\n{word}: {tried} of {count} cases were tried")?;
        }
        summary.totals(&tally, out)?;
        match ended {
            Some(Ended::Interrupted) => hurry(run.agent()).await,
            _ => run.agent().stop().await,
        }
        let took = start.elapsed();
        if !args.terminal.quiet {
            effort(run, results.len(), usize::from(args.jobs.max(1)), took, out)?;
        }
        let exit_code = match ended {
            Some(Ended::Interrupted) => INTERRUPTED,
            _ => tally.exit_code(args.strict),
        };
        summary.next(&results, out)?;
        Ok(Row { target: target.to_owned(), tally, took, untried: None, exit_code })
    }
}

/// Keeps the results among the evidence; those of a run that was interrupted do not take the place of
/// a whole one's, nor do those of some cases alone. What was not tried has this reason.
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
        writeln!(out, "{} is that of an earlier run, which was whole", path.display())?;
    }
    Ok(())
}

/// What the run took.
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
            "the server's clock is {by} {which} ours: ID tokens were judged by the server's; set the one \
             that is wrong"
        )?;
    }
    if run.waits() > 0 {
        let times = counted(run.waits(), "time");
        writeln!(out, "the server asked to wait, and was waited for: {times}")?;
    }
    if run.stumbles() > 0 {
        let (times, most) = (counted(run.stumbles(), "time"), run.at_once(jobs));
        let spared = format!("cases were tried anew, in the end {most} of {jobs} at once");
        writeln!(out, "the server stumbled {times} (no answer, or a 5xx by chance): {spared}")?;
    }
    Ok(())
}

/// Whether there are the results of a whole run, in whose place those of a part do not come.
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
        writeln!(out, "no target file named: trying the built-in server, honest")?;
    }
    if let Some(again) = &prepared.again {
        writeln!(out, "{again}")?;
    }
    writeln!(out, "{name} ({issuer}): {count} under the ruleset {ruleset}{part}\n")
}
