//! Trying all cases of a run, and showing each as it is done.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::args::RunArgs;
use super::interrupt::{BRIEFLY, Interrupt, NOT_TRIED};
use super::operands::split;
use super::prepare::CommandError;
use crate::report::{Console, Drift, Evidence, write_evidence};
use crate::run::{CaseResult, Notice, Run, Verdict};

/// Which cases have a line of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// All.
    All,
    /// Those that neither passed nor were not applicable.
    Problem,
}

/// What came of trying all cases.
#[derive(Default)]
pub(super) struct Tried {
    /// The results, in the order of the suites.
    pub(super) results: Vec<Arc<CaseResult>>,
    /// The evidence, where there are to be reports.
    pub(super) evidence: Vec<Evidence>,
    /// How many answers differ from their snapshots.
    pub(super) drifted: Vec<String>,
    /// How many were tried before the user had enough; nothing where that did not happen.
    pub(super) interrupted: Option<usize>,
}

/// How much evidence is kept for the reports of a run, in bytes; and of a case in any event.
const ROOM: usize = 12 << 20;
const SMALL: usize = 16 << 10;

/// Tries all cases at once, as many as may be, then the invariants; shows them in order.
pub(super) async fn try_all(
    run: &Arc<Run>,
    count: usize,
    args: &RunArgs,
    shown: Shown,
    interrupt: &Interrupt,
    out: &mut dyn Write,
) -> Result<Tried, CommandError> {
    let mut cases = Cases::set_out(run, count, args);
    let (bar, root) = (bar(count, "cases"), std::path::absolute(&args.snapshot_dir)?);
    let mut sink = ResultSink {
        run,
        args,
        shown,
        root,
        bar,
        out,
        evidence_budget: ROOM,
        tried: Tried::default(),
    };
    for index in 0..count {
        let next = async {
            match cases.next().await {
                Some(case) => case.await.map_err(io::Error::other),
                None => Ok(run.result(index).await),
            }
        };
        let Some(result) = interrupt.or(next).await else {
            cases.end().await;
            sink.wind_up(index, count)?;
            break;
        };
        cases.at_hand = None;
        sink.take(result?)?;
    }
    if sink.tried.interrupted.is_none() {
        run.look_last().await;
    }
    sink.add_rounds()?;
    sink.withdraw()?;
    sink.bar.finish_and_clear();
    Ok(sink.tried)
}

type Case = JoinHandle<Arc<CaseResult>>;

/// Cases that are begun one after the other, as many at once as may be.
struct Cases {
    begun: UnboundedReceiver<Case>,
    beginning: JoinHandle<()>,
    /// The one whose result is next.
    at_hand: Option<Case>,
}

impl Cases {
    fn set_out(run: &Arc<Run>, count: usize, args: &RunArgs) -> Self {
        let jobs = usize::from(args.jobs.max(1));
        let turns = Arc::new(Semaphore::new(jobs));
        let indices: Vec<_> = run.cases().take_while(|index| *index < count).collect();
        let (sender, begun) = unbounded_channel();
        let run = Arc::clone(run);
        let beginning = tokio::spawn(async move {
            let mut at_once = jobs;
            for index in indices {
                let mut turn = Arc::clone(&turns).acquire_owned().await;
                // A server that stumbles is spared: turns are taken out as they come back.
                while at_once > run.at_once(jobs) {
                    at_once -= 1;
                    if let Ok(turn) = turn {
                        turn.forget();
                    }
                    turn = Arc::clone(&turns).acquire_owned().await;
                }
                let run = Arc::clone(&run);
                let case = tokio::spawn(async move {
                    let _turn = turn;
                    run.result(index).await
                });
                // Whoever takes them in waits for this task before leaving.
                let _ = sender.send(case);
            }
        });
        Self { begun, beginning, at_hand: None }
    }

    /// The next case; none once all have been taken in.
    async fn next(&mut self) -> Option<&mut Case> {
        if self.at_hand.is_none() {
            self.at_hand = self.begun.recv().await;
        }
        self.at_hand.as_mut()
    }

    /// Begins no more, and ends all that are under way.
    async fn end(mut self) {
        self.beginning.abort();
        let _ = self.beginning.await;
        let mut cases: Vec<_> = self.at_hand.into_iter().collect();
        while let Ok(case) = self.begun.try_recv() {
            cases.push(case);
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

/// Where results arrive, in their order.
struct ResultSink<'a> {
    run: &'a Run,
    args: &'a RunArgs,
    shown: Shown,
    /// The folder of the snapshots.
    root: PathBuf,
    bar: ProgressBar,
    out: &'a mut dyn Write,
    /// How much evidence may be kept for the reports beyond what is kept of each case, in bytes.
    evidence_budget: usize,
    tried: Tried,
}

impl ResultSink<'_> {
    /// Keeps the evidence of a case, and shows what is to be shown of it.
    fn take(&mut self, result: Arc<CaseResult>) -> Result<(), CommandError> {
        let (run, args) = (self.run, self.args);
        self.tell()?;
        let evidence = write_evidence(&args.evidence, &run.target.name, &run.id, &result)?;
        if !args.reports.is_empty() {
            let evidence = self.kept(evidence);
            self.tried.evidence.push(evidence);
        }
        let drift = args.snapshots.look(&self.root, &run.target, &result);
        self.tried.drifted.extend(drift.as_ref().map(|_| result.plan.id.clone()));
        self.bar.inc(1);
        // Where nothing could be tried, one word on why is enough.
        let verdict = result.judged.verdict;
        let is_quiet = matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        if run.endpoints.is_ok() && (self.shown == Shown::All || drift.is_some() || !is_quiet) {
            let out = &mut *self.out;
            self.bar.suspend(|| show(&result, drift.as_ref(), args, &run.target.name, out))?;
        }
        self.tried.results.push(result);
        Ok(())
    }

    /// The evidence as it is kept for the reports.
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

    /// Has each race know of the rounds that were run after it.
    fn add_rounds(&mut self) -> Result<(), CommandError> {
        let (run, args) = (self.run, self.args);
        for index in 0..self.tried.results.len() {
            let Some(result) = run.with_later_rounds(&self.tried.results[index]) else { continue };
            let evidence = write_evidence(&args.evidence, &run.target.name, &run.id, &result)?;
            if let Some(kept) = self.tried.evidence.get_mut(index) {
                *kept = evidence;
            }
            self.tried.results[index] = Arc::new(result);
        }
        Ok(())
    }

    /// Takes back what was said before it was known that a gateway blocks.
    fn withdraw(&mut self) -> Result<(), CommandError> {
        self.tell()?;
        let (run, args) = (self.run, self.args);
        for index in 0..self.tried.results.len() {
            let Some(result) = run.withdrawn(&self.tried.results[index]) else { continue };
            let evidence = write_evidence(&args.evidence, &run.target.name, &run.id, &result)?;
            if let Some(kept) = self.tried.evidence.get_mut(index) {
                *kept = evidence;
            }
            let out = &mut *self.out;
            let target = run.target.name.as_str();
            self.bar.suspend(|| show(&result, None, args, target, out))?;
            self.tried.results[index] = Arc::new(result);
        }
        Ok(())
    }

    /// Tells what is to be known first.
    fn tell(&mut self) -> Result<(), CommandError> {
        for Notice { text, is_to_mend } in self.run.notices() {
            let file = split(&self.args.words).0.pop().filter(|_| is_to_mend);
            let doctor = file.map(|file| format!("\n      what to mend: authspec doctor {file}"));
            let out = &mut *self.out;
            self.bar.suspend(|| writeln!(out, "note: {text}{}", doctor.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Takes what is finished of the cases from `first` on, though not in order; of the others, that
    /// they were not tried.
    fn wind_up(&mut self, first: usize, count: usize) -> Result<(), CommandError> {
        let mut tried = first;
        for index in first..count {
            match self.run.finished(index) {
                Some(result) => {
                    tried += 1;
                    self.take(result)?;
                }
                None => self.tried.results.push(Arc::new(self.run.untried(index, NOT_TRIED))),
            }
        }
        self.tried.interrupted = Some(tried);
        Ok(())
    }
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
