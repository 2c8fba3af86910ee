//! Runs all cases, and shows each when it is done.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::args::RunArgs;
use super::command_error::CommandError;
use super::interrupt::{BRIEFLY, Interrupt, NOT_TRIED};
use super::operands::split;
use super::order::Order;
use crate::report::{Console, Drift, Evidence, evidence_path, write_evidence};
use crate::run::{CaseResult, Notice, Run, Verdict};

/// The outcome of all cases.
#[derive(Default)]
pub(super) struct Tried {
    /// The results, in the order of the suites.
    pub(super) results: Vec<Arc<CaseResult>>,
    /// The evidence, if reports are requested.
    pub(super) evidence: Vec<Evidence>,
    /// The cases whose answers differ from their snapshots.
    pub(super) drifted: Vec<String>,
    /// Why the run ended early, if it did.
    pub(super) ended: Option<Ended>,
    /// How many cases were not run for that reason.
    pub(super) untried: usize,
}

/// Why a run ended early.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The user interrupted the run.
    Interrupted,
    /// Something failed, and `--fail-fast` was given.
    Failed,
}

impl Ended {
    /// The reason given for a case that was not run.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Interrupted => NOT_TRIED,
            Self::Failed => "not run: --fail-fast ended the run at the first failure",
        }
    }

    /// What happened, in short.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Failed => "ended at the first failure",
        }
    }
}

/// How much evidence is kept for reports, in bytes: of a whole run, and of a case in any event.
const ROOM: usize = 12 << 20;
const SMALL: usize = 16 << 10;

/// Runs all cases, as many at once as allowed, then checks the invariants. Shows results in order.
pub(super) async fn try_all(
    run: &Arc<Run>,
    count: usize,
    args: &RunArgs,
    console: Console,
    interrupt: &Interrupt,
    out: &mut dyn Write,
) -> Result<Tried, CommandError> {
    let mut cases = Cases::set_out(run, count, args);
    let (bar, root) = (bar(count, "cases"), std::path::absolute(&args.snapshot_dir)?);
    let tried = Tried::default();
    let mut sink = ResultSink {
        run,
        args,
        console,
        root,
        bar,
        out,
        evidence_budget: ROOM,
        tried,
        has_failed: false,
    };
    for index in 0..count {
        let next = async {
            match cases.next().await {
                Some(case) => Some(case.await.map_err(io::Error::other)),
                // Invariants need the answers of all cases, which are not available.
                None if sink.has_failed => None,
                None => Some(Ok(run.result(index).await)),
            }
        };
        let ended = match interrupt.or(next).await {
            Some(Some(result)) => {
                cases.at_hand = None;
                sink.take(result?)?;
                if sink.has_failed {
                    cases.begin_no_more();
                }
                continue;
            }
            Some(None) => Ended::Failed,
            None => Ended::Interrupted,
        };
        cases.end(ended).await;
        sink.wind_up(ended, index, count)?;
        break;
    }
    if sink.tried.ended != Some(Ended::Interrupted) {
        run.check_last().await;
    }
    sink.add_rounds()?;
    sink.withdraw()?;
    sink.bar.finish_and_clear();
    Ok(sink.tried)
}

type Case = JoinHandle<Arc<CaseResult>>;

/// Whether `--fail-fast` ends the run at this result.
fn is_failure(result: &CaseResult, strict: bool) -> bool {
    match result.judged.verdict {
        Verdict::Fail => true,
        Verdict::Warn => strict,
        _ => false,
    }
}

/// Starts cases, as many at once as allowed.
struct Cases {
    /// A receiver for each case that is started, in the order of the suites.
    begun: VecDeque<oneshot::Receiver<Case>>,
    beginning: JoinHandle<()>,
    /// The case whose result is next.
    at_hand: Option<Case>,
}

impl Cases {
    fn set_out(run: &Arc<Run>, count: usize, args: &RunArgs) -> Self {
        let jobs = usize::from(args.jobs.max(1));
        let turns = Arc::new(Semaphore::new(jobs));
        let indices: Vec<_> = run.cases().take_while(|index| *index < count).collect();
        let channels = indices.iter().map(|index| (*index, oneshot::channel()));
        let (mut senders, mut begun) = (BTreeMap::new(), VecDeque::new());
        for (index, (sender, receiver)) in channels {
            senders.insert(index, sender);
            begun.push_back(receiver);
        }
        let run = Arc::clone(run);
        let order = Arc::new(Order::of(&run.plans, indices));
        let (ends, strict) = (args.terminal.fail_fast, args.strict);
        // The first case, in the order of the suites, at which `--fail-fast` ends the run.
        let failed = Arc::new(AtomicUsize::new(usize::MAX));
        let beginning = tokio::spawn(async move {
            let mut at_once = jobs;
            loop {
                let mut turn = Arc::clone(&turns).acquire_owned().await;
                // If the server stumbles, permits are removed as they come back.
                while at_once > run.at_once(jobs) {
                    at_once -= 1;
                    if let Ok(turn) = turn {
                        turn.forget();
                    }
                    turn = Arc::clone(&turns).acquire_owned().await;
                }
                let Some(running) = order.begin().await else { break };
                let index = running.index;
                if index > failed.load(Ordering::Relaxed) {
                    continue;
                }
                let (run, failed) = (Arc::clone(&run), Arc::clone(&failed));
                let turn = turn.ok().filter(|_| !running.pauses);
                let case = tokio::spawn(async move {
                    let _held = (turn, running);
                    let result = run.result(index).await;
                    if ends && is_failure(&result, strict) {
                        failed.fetch_min(index, Ordering::Relaxed);
                    }
                    result
                });
                // The receiver waits for this task before it is dropped.
                let _ = senders.remove(&index).map(|sender| sender.send(case));
            }
        });
        Self { begun, beginning, at_hand: None }
    }

    /// The next case, or none if all have been received or it was not started.
    async fn next(&mut self) -> Option<&mut Case> {
        if self.at_hand.is_none()
            && let Some(next) = self.begun.front_mut()
        {
            self.at_hand = next.await.ok();
            self.begun.pop_front();
        }
        self.at_hand.as_mut()
    }

    /// Starts no more cases. Running cases continue to their end.
    fn begin_no_more(&self) {
        self.beginning.abort();
    }

    /// Starts no more cases. The running ones continue to their end, unless the user interrupted the run.
    async fn end(self, ended: Ended) {
        self.beginning.abort();
        let _ = self.beginning.await;
        let begun = self.begun.into_iter().filter_map(|mut case| case.try_recv().ok());
        let cases: Vec<_> = self.at_hand.into_iter().chain(begun).collect();
        if ended == Ended::Failed {
            for case in cases {
                let _ = case.await;
            }
            return;
        }
        cases.iter().for_each(JoinHandle::abort);
        let gone = async {
            for case in cases {
                let _ = case.await;
            }
        };
        let _ = timeout(BRIEFLY, gone).await;
    }
}

/// Receives results, in order.
struct ResultSink<'a> {
    run: &'a Run,
    args: &'a RunArgs,
    console: Console,
    /// The snapshot folder.
    root: PathBuf,
    bar: ProgressBar,
    out: &'a mut dyn Write,
    /// How much more evidence may be kept for reports, beyond the minimum for each case, in bytes.
    evidence_budget: usize,
    tried: Tried,
    /// Whether a failure has ended the run.
    has_failed: bool,
}

impl ResultSink<'_> {
    /// Keeps the evidence of a case, and shows its result.
    fn take(&mut self, result: Arc<CaseResult>) -> Result<(), CommandError> {
        let (run, args) = (self.run, self.args);
        self.tell()?;
        let evidence = keep(run, args, &result)?;
        if !args.reports.is_empty() {
            let evidence = self.kept(evidence);
            self.tried.evidence.push(evidence);
        }
        let drift = args.snapshots.look(&self.root, &run.target, &result);
        self.tried.drifted.extend(drift.as_ref().map(|_| result.plan.id.clone()));
        self.bar.inc(1);
        let has_failed = is_failure(&result, args.strict) || drift.is_some();
        self.has_failed |= args.terminal.fail_fast && has_failed;
        // If nothing could be run, one message is enough.
        if run.endpoints.is_ok() {
            let (out, console) = (&mut *self.out, &mut self.console);
            self.bar.suspend(|| show(console, &result, drift.as_ref(), out))?;
        }
        self.tried.results.push(result);
        Ok(())
    }

    /// The evidence as kept for reports.
    fn kept(&mut self, mut evidence: Evidence) -> Evidence {
        let size = evidence.size();
        if size > SMALL {
            match self.evidence_budget.checked_sub(size) {
                Some(left) => self.evidence_budget = left,
                None => evidence.slim(),
            }
        }
        evidence
    }

    /// Adds to each race what was seen in the rounds of other clients that were run later.
    fn add_rounds(&mut self) -> Result<(), CommandError> {
        let (run, args) = (self.run, self.args);
        for index in 0..self.tried.results.len() {
            let Some(result) = run.with_later_rounds(&self.tried.results[index]) else { continue };
            let evidence = write_evidence(&args.evidence, &run.target.name, &run.id, &result)?;
            if let Some(kept) = self.tried.evidence.get_mut(index) {
                *kept = evidence;
            }
            if result.judged.verdict != self.tried.results[index].judged.verdict {
                let (out, console) = (&mut *self.out, &mut self.console);
                self.bar.suspend(|| show(console, &result, None, out))?;
            }
            self.tried.results[index] = Arc::new(result);
        }
        Ok(())
    }

    /// Withdraws verdicts from before it was known that a gateway blocks requests.
    fn withdraw(&mut self) -> Result<(), CommandError> {
        self.tell()?;
        let (run, args) = (self.run, self.args);
        for index in 0..self.tried.results.len() {
            let Some(result) = run.withdrawn(&self.tried.results[index]) else { continue };
            let evidence = keep(run, args, &result)?;
            if let Some(kept) = self.tried.evidence.get_mut(index) {
                *kept = evidence;
            }
            let (out, console) = (&mut *self.out, &mut self.console);
            self.bar.suspend(|| show(console, &result, None, out))?;
            self.tried.results[index] = Arc::new(result);
        }
        Ok(())
    }

    /// Prints notices that are due.
    fn tell(&mut self) -> Result<(), CommandError> {
        for Notice { text, is_to_mend } in self.run.notices() {
            let file = split(&self.args.words).0.pop().filter(|_| is_to_mend);
            let doctor = file.map(|file| format!("\n      what to fix: authspec doctor {file}"));
            let out = &mut *self.out;
            self.bar.suspend(|| writeln!(out, "note: {text}{}", doctor.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Takes the finished results of the cases from `first` on, and marks the other cases as not run.
    fn wind_up(&mut self, ended: Ended, first: usize, count: usize) -> Result<(), CommandError> {
        for index in first..count {
            match self.run.finished(index) {
                Some(result) => self.take(result)?,
                None => {
                    let untried = self.run.untried(index, ended.reason());
                    self.tried.results.push(Arc::new(untried));
                    self.tried.untried += 1;
                }
            }
        }
        self.tried.ended = Some(ended);
        Ok(())
    }
}

/// Writes the evidence of a case.
fn keep(run: &Run, args: &RunArgs, result: &CaseResult) -> Result<Evidence, CommandError> {
    let name = &run.target.name;
    write_evidence(&args.evidence, name, &run.id, result).map_err(|error| {
        let path = evidence_path(&args.evidence, name, &result.plan.id);
        CommandError::Usage(format!("cannot write the evidence {}: {error}", path.display()))
    })
}

fn show(
    console: &mut Console,
    result: &CaseResult,
    drift: Option<&Drift>,
    out: &mut dyn Write,
) -> io::Result<()> {
    console.case(result, out)?;
    match drift {
        Some(drift) => writeln!(out, "drift: {}\n{}", drift.path.display(), drift.diff),
        None => Ok(()),
    }
}

/// A progress bar on a terminal, nothing elsewhere.
pub(super) fn bar(count: usize, of: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = format!("{{bar:40}} {{pos}}/{{len}} {of}, {{elapsed}}");
    let style = ProgressStyle::with_template(&style);
    let bar = ProgressBar::with_draw_target(Some(count as u64), target);
    bar.with_style(style.expect("a template of ours"))
}
