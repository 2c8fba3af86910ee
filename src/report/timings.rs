//! Where the time of a run went, as a self-contained page and as one line.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;

use crate::run::{CaseResult, Verdict};
use crate::wire::{Phase, Span};

/// The width of the chart, in units of the drawing.
const WIDTH: f64 = 1000.0;

/// The height of a row of the chart.
const ROW: usize = 9;

/// Cases that take less of the chart than this, in units of the drawing, are left out of it.
const NARROWEST: f64 = 1.0;

/// Where the time of a run went: the cases overlap, so that their times add up to more than the run
/// took.
#[derive(Clone, Debug, Template)]
#[template(path = "timings.html")]
pub struct Timings {
    target: String,
    /// How long the run took, in seconds.
    took: f64,
    jobs: usize,
    browsers: usize,
    /// The seconds of all cases in each phase.
    totals: Parts,
    /// The cases, the slowest first.
    cases: Vec<TimedCase>,
}

/// The seconds in each phase, in the order of `Phase::ALL`.
#[derive(Clone, Debug, Default)]
struct Parts([f64; Phase::ALL.len()]);

#[derive(Clone, Debug)]
struct TimedCase {
    id: String,
    verdict: Verdict,
    /// When it began, in seconds since the run did.
    begin: f64,
    parts: Parts,
    /// The label of each step, and where its time went.
    steps: Vec<(String, Parts)>,
}

/// A bar of the chart.
struct Bar {
    class: &'static str,
    x: f64,
    width: f64,
}

impl Timings {
    /// The timings of these cases, run so many at once with so many browsers.
    pub fn new(
        target: &str,
        results: &[Arc<CaseResult>],
        took: Duration,
        (jobs, browsers): (usize, usize),
    ) -> Self {
        let mut cases: Vec<_> = results.iter().map(|result| TimedCase::new(result)).collect();
        cases.sort_by(|a, b| b.parts.sum().total_cmp(&a.parts.sum()));
        let mut totals = Parts::default();
        cases.iter().for_each(|case| totals.add(&case.parts));
        let (target, took) = (target.to_owned(), took.as_secs_f64());
        Self { target, took, jobs, browsers, totals, cases }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, f64)> {
        Phase::ALL.into_iter().zip(self.totals.0)
    }

    /// The percentage of the cases' time.
    fn share(&self, seconds: &f64) -> f64 {
        100.0 * seconds / self.totals.sum().max(f64::MIN_POSITIVE)
    }

    /// The cases of the chart, in the order in which they began.
    fn chart(&self) -> Vec<&TimedCase> {
        let is_shown = |case: &&TimedCase| self.units(case.parts.sum()) >= NARROWEST;
        let mut cases: Vec<_> = self.cases.iter().filter(is_shown).collect();
        cases.sort_by(|a, b| a.begin.total_cmp(&b.begin));
        cases
    }

    fn units(&self, seconds: f64) -> f64 {
        seconds * WIDTH / self.took.max(f64::MIN_POSITIVE)
    }

    /// The bars of a case, one per phase; they show how long each took in all, not when.
    fn bars(&self, case: &TimedCase) -> Vec<Bar> {
        let mut x = self.units(case.begin);
        let bar = |(phase, seconds): (Phase, f64)| {
            let width = self.units(seconds);
            let bar = Bar { class: class(&phase), x, width };
            x += width;
            bar
        };
        let bars: Vec<_> = Phase::ALL.into_iter().zip(case.parts.0).map(bar).collect();
        bars.into_iter().filter(|bar| bar.width > 0.0).collect()
    }

    /// Where the name of a case is written, and which end of it that is.
    fn label(&self, case: &TimedCase) -> (f64, &'static str) {
        let begin = self.units(case.begin);
        let end = begin + self.units(case.parts.sum());
        if end < WIDTH * 0.7 { (end + 3.0, "start") } else { (begin - 3.0, "end") }
    }

    /// The seconds at which the chart has a line.
    fn ticks(&self) -> Vec<f64> {
        let step = [0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0]
            .into_iter()
            .find(|step| self.took / step <= 12.0)
            .unwrap_or(self.took);
        let next = |tick: &f64| Some(tick + step);
        std::iter::successors(Some(0.0), next).take_while(|tick| *tick <= self.took).collect()
    }
}

/// The total of each phase, in one line.
impl fmt::Display for TimingsLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (total, jobs) = (self.0.totals.sum(), self.0.jobs);
        write!(f, "{total:.1} s of cases, up to {jobs} at once")?;
        for (index, (phase, seconds)) in self.0.phases().enumerate() {
            let sign = if index == 0 { ": " } else { ", " };
            write!(f, "{sign}{} {seconds:.1} s", name(&phase))?;
        }
        Ok(())
    }
}

/// The total of each phase, in one line.
pub struct TimingsLine<'a>(pub &'a Timings);

impl TimedCase {
    fn new(result: &CaseResult) -> Self {
        let spans = &result.timing.spans;
        let mut seen = BTreeSet::new();
        let labels = spans.iter().map(|span| &span.step).filter(|label| seen.insert(*label));
        let of = |label: &String| {
            (label.clone(), Parts::of(spans.iter().filter(|it| it.step == *label)))
        };
        Self {
            id: result.plan.id.clone(),
            verdict: result.judged.verdict,
            begin: result.timing.begin.as_secs_f64(),
            parts: Parts::of(spans),
            steps: labels.map(of).collect(),
        }
    }
}

impl Parts {
    fn of<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Self {
        let mut parts = Self::default();
        for span in spans {
            let all = Phase::ALL.iter().zip(&mut parts.0);
            let mut own = all.filter(|(phase, _)| **phase == span.phase);
            own.by_ref().for_each(|(_, seconds)| *seconds += span.took.as_secs_f64());
        }
        parts
    }

    fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0).for_each(|(own, theirs)| *own += theirs);
    }

    fn sum(&self) -> f64 {
        self.0.iter().sum()
    }
}

/// The name of a phase.
fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Server => "server",
        Phase::Browser => "browser",
        Phase::Slot => "waiting for a browser",
        Phase::Turn => "waiting for other cases",
        Phase::Pause => "pauses",
        Phase::Own => "authspec",
    }
}

/// What a phase means.
fn meaning(phase: &Phase) -> &'static str {
    match phase {
        Phase::Server => "until the server had answered a request, outside of the browser",
        Phase::Browser => "visits in the browser, with the server's answers to it, and its start",
        Phase::Slot => "another visit used the browser or the user's session: see --browsers",
        Phase::Turn => "another case acted as the same client, or had to run alone",
        Phase::Pause => "the case waits for something, or the server or --max-rps asks to",
        Phase::Own => "everything else, also until a busy machine goes on",
    }
}

/// The class of a phase in the page's style sheet.
fn class(phase: &Phase) -> &'static str {
    match phase {
        Phase::Server => "server",
        Phase::Browser => "browser",
        Phase::Slot => "slot",
        Phase::Turn => "turn",
        Phase::Pause => "pause",
        Phase::Own => "own",
    }
}
