//! Where the time of a case goes: every moment of it belongs to one phase.
//!
//! A case runs inside [`timed`]. What waits in it enters a phase with [`Phase::enter`]; the rest is
//! our own. Of nested phases the innermost counts, so that the parts add up to the whole. Outside
//! of `timed` all of this does nothing.
//!
//! A phase is a guard, as wrapping a future in another would double its size each time.

use std::cell::RefCell;
use std::time::{Duration, Instant};

tokio::task_local! {
    static CLOCK: RefCell<Clock>;
}

/// What a case is doing, or waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The server has not answered a request yet.
    Server,
    /// A browser makes a visit, or starts.
    Browser,
    /// Another visit uses the browser or the user's session.
    Slot,
    /// Another case acts as the same client, or must run alone.
    Turn,
    /// The case wants time to pass, or the server or `--max-rps` wants no requests yet.
    Pause,
    /// None of these: the time is our own.
    Own,
}

/// Some of the time of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The label of the step, or empty outside of steps.
    pub step: String,
    /// The phase.
    pub phase: Phase,
    /// How long it took.
    pub took: Duration,
}

/// The time of a case so far.
struct Clock {
    last: Instant,
    phase: Phase,
    step: String,
    spans: Vec<Span>,
}

impl Phase {
    /// All phases, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Server, Self::Browser, Self::Slot, Self::Turn, Self::Pause, Self::Own];

    /// Counts the time as this phase until the returned value is dropped.
    pub fn enter(self) -> Entered {
        Entered::new(self, None)
    }
}

/// Counts the time as part of this step until the returned value is dropped.
pub fn enter_step(label: &str) -> Entered {
    Entered::new(Phase::Own, Some(label))
}

/// The output of the future, which is best on the heap, and where its time went.
pub async fn timed<T>(future: impl Future<Output = T>) -> (T, Vec<Span>) {
    let (last, step) = (Instant::now(), String::new());
    let clock = Clock { last, phase: Phase::Own, step, spans: Vec::new() };
    let all = async {
        let output = future.await;
        (output, CLOCK.with(|clock| clock.borrow_mut().end()))
    };
    CLOCK.scope(RefCell::new(clock), all).await
}

impl Clock {
    /// Counts the time up to now.
    fn advance(&mut self) {
        let now = Instant::now();
        let took = now - std::mem::replace(&mut self.last, now);
        let (step, phase) = (&self.step, self.phase);
        match self.spans.iter_mut().find(|span| span.step == *step && span.phase == phase) {
            Some(span) => span.took += took,
            None => self.spans.push(Span { step: step.clone(), phase, took }),
        }
    }

    fn end(&mut self) -> Vec<Span> {
        self.advance();
        std::mem::take(&mut self.spans)
    }
}

/// Returns to the phase and step from before when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Entered(Option<(Phase, String)>);

impl Entered {
    fn new(phase: Phase, step: Option<&str>) -> Self {
        let before = CLOCK.try_with(|clock| {
            let clock = &mut *clock.borrow_mut();
            clock.advance();
            let step = step.map_or_else(|| clock.step.clone(), str::to_owned);
            (std::mem::replace(&mut clock.phase, phase), std::mem::replace(&mut clock.step, step))
        });
        Self(before.ok())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Some(before) = self.0.take() else { return };
        let _ = CLOCK.try_with(|clock| {
            let clock = &mut *clock.borrow_mut();
            clock.advance();
            (clock.phase, clock.step) = before;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(4);

    /// The time that each phase of a step got.
    fn took(spans: &[Span], step: &str, phase: Phase) -> Duration {
        let of = |span: &&Span| span.step == step && span.phase == phase;
        spans.iter().filter(of).map(|span| span.took).sum()
    }

    #[tokio::test]
    async fn every_moment_belongs_to_the_innermost_phase() {
        let start = Instant::now();
        let browser = || {
            let _browser = Phase::Browser.enter();
            sleep(MOMENT);
            let server = Phase::Server.enter();
            sleep(2 * MOMENT);
            drop(server);
            sleep(MOMENT);
        };
        let case = async {
            let turn = Phase::Turn.enter();
            sleep(MOMENT);
            drop(turn);
            let _step = enter_step("authorize");
            sleep(MOMENT);
            browser();
            7
        };
        let (output, spans) = timed(case).await;
        let total: Duration = spans.iter().map(|span| span.took).sum();
        assert_eq!(output, 7);
        assert!(total >= 6 * MOMENT && total <= start.elapsed(), "{spans:?}");
        assert!(took(&spans, "", Phase::Turn) >= MOMENT, "{spans:?}");
        assert!(took(&spans, "authorize", Phase::Own) >= MOMENT, "{spans:?}");
        assert!(took(&spans, "authorize", Phase::Browser) >= 2 * MOMENT, "{spans:?}");
        assert!(took(&spans, "authorize", Phase::Server) >= 2 * MOMENT, "{spans:?}");
        assert_eq!(took(&spans, "authorize", Phase::Turn), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_is_cancelled_no_longer_counts() {
        let never = async {
            let _server = Phase::Server.enter();
            std::future::pending::<()>().await;
        };
        let case = async {
            let _ = tokio::time::timeout(MOMENT, never).await;
            sleep(MOMENT);
        };
        let ((), spans) = timed(case).await;
        assert!(took(&spans, "", Phase::Server) >= MOMENT, "{spans:?}");
        assert!(took(&spans, "", Phase::Own) >= MOMENT, "{spans:?}");
    }

    #[tokio::test]
    async fn outside_of_a_case_nothing_is_counted() {
        let _server = Phase::Server.enter();
        let ((), spans) = timed(async { sleep(MOMENT) }).await;
        assert_eq!(took(&spans, "", Phase::Server), Duration::ZERO);
    }
}
