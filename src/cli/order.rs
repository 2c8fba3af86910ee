//! The order in which cases are started: that of the suites, but none that would only wait for another
//! case as long as there is one that need not. Those that let time pass come first, so that they all do so
//! at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::run::{Plan, PlanKind};

/// How many cases ahead a case may be started. Results are shown in the order of the suites, so they
/// are held back for as long.
const AHEAD: usize = 32;

/// The cases that are still to be started, and what the running ones hold.
pub(super) struct Order {
    cases: Mutex<Cases>,
    ended: Notify,
}

struct Cases {
    waiting: VecDeque<usize>,
    running: BTreeSet<usize>,
    /// What each case needs.
    needs: BTreeMap<usize, Needs>,
}

/// What a case needs for itself.
struct Needs {
    /// The clients that it acts as.
    clients: BTreeSet<String>,
    /// Whether no other case may run.
    alone: bool,
    /// Whether it lets time pass. It takes its turn by itself, before and after.
    pauses: bool,
}

impl Order {
    /// Starts these plans.
    pub(super) fn of(plans: &[Plan], mut indices: Vec<usize>) -> Self {
        indices.sort_by_key(|index| !pauses(&plans[*index]));
        let needs = indices.iter().map(|index| (*index, Needs::of(&plans[*index]))).collect();
        Self::new(Cases { waiting: indices.into(), running: BTreeSet::new(), needs })
    }

    fn new(cases: Cases) -> Self {
        Self { cases: Mutex::new(cases), ended: Notify::new() }
    }

    /// The case to start next, once there is one that need not wait. None if all were started.
    pub(super) async fn begin(self: &Arc<Self>) -> Option<Running> {
        loop {
            // From here on, it is noticed when a case ends.
            let ended = self.ended.notified();
            let begin = self.cases().begin();
            match begin {
                Begin::Case(index) => {
                    let pauses = self.cases().needs[&index].pauses;
                    return Some(Running { index, pauses, order: Arc::clone(self) });
                }
                Begin::Later => ended.await,
                Begin::Nothing => return None,
            }
        }
    }

    fn cases(&self) -> MutexGuard<'_, Cases> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A case that is running until this is dropped.
pub(super) struct Running {
    pub(super) index: usize,
    /// Whether it mostly waits, and does not count among those that run at once.
    pub(super) pauses: bool,
    order: Arc<Order>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.order.cases().running.remove(&self.index);
        self.order.ended.notify_waiters();
    }
}

/// What can be started now.
#[derive(Debug, PartialEq, Eq)]
enum Begin {
    Case(usize),
    /// Something, after a running case has ended.
    Later,
    Nothing,
}

impl Cases {
    fn begin(&mut self) -> Begin {
        let ahead = self.waiting.iter().take(AHEAD);
        let free = ahead.enumerate().find(|(_, index)| self.is_free(**index));
        let free = free.map(|(place, _)| place);
        match free.and_then(|place| self.waiting.remove(place)) {
            Some(index) => {
                self.running.insert(index);
                Begin::Case(index)
            }
            None if self.waiting.is_empty() => Begin::Nothing,
            None => Begin::Later,
        }
    }

    /// Whether the case would not wait for a running one.
    fn is_free(&self, index: usize) -> bool {
        let needs = &self.needs[&index];
        let mut running = self.running.iter().map(|running| &self.needs[running]);
        running
            .all(|other| !needs.alone && !other.alone && needs.clients.is_disjoint(&other.clients))
    }
}

impl Needs {
    fn of(plan: &Plan) -> Self {
        let PlanKind::Case { case, client, other, .. } = &plan.what else {
            return Self { clients: BTreeSet::new(), alone: false, pauses: false };
        };
        if pauses(plan) {
            return Self { clients: BTreeSet::new(), alone: false, pauses: true };
        }
        let clients = [Some(client), other.as_ref()].into_iter().flatten();
        let clients = clients.map(|client| client.name.clone()).collect();
        Self { clients, alone: case.voids(), pauses: false }
    }
}

fn pauses(plan: &Plan) -> bool {
    matches!(&plan.what, PlanKind::Case { case, .. } if case.pauses())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(all: &[(&str, bool)]) -> Cases {
        let needs = |(clients, alone): &(&str, bool)| Needs {
            clients: clients.split_whitespace().map(str::to_owned).collect(),
            alone: *alone,
            pauses: false,
        };
        Cases {
            waiting: (0..all.len()).collect(),
            running: BTreeSet::new(),
            needs: all.iter().map(needs).enumerate().collect(),
        }
    }

    #[test]
    fn a_case_whose_client_is_busy_comes_later() {
        let mut cases =
            cases(&[("web", false), ("web", false), ("native web", false), ("native", false)]);
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(0), Begin::Case(3)]);
        assert_eq!(cases.begin(), Begin::Later);
        cases.running.remove(&0);
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(1), Begin::Later]);
        cases.running.clear();
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(2), Begin::Nothing]);
    }

    #[test]
    fn what_runs_alone_comes_when_nothing_else_can() {
        let mut cases = cases(&[("web", false), ("web", true), ("", false), ("web", false)]);
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(0), Begin::Case(2)]);
        assert_eq!(cases.begin(), Begin::Later);
        cases.running.clear();
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(1), Begin::Later]);
        cases.running.clear();
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(3), Begin::Nothing]);
    }

    #[test]
    fn nothing_is_started_long_before_its_turn() {
        let mut cases = cases(&[vec![("web", false); AHEAD + 1], vec![("native", false)]].concat());
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(0), Begin::Later]);
        cases.running.clear();
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(1), Begin::Case(AHEAD + 1)]);
    }

    #[tokio::test]
    async fn the_end_of_a_case_starts_the_next() {
        let order = Arc::new(Order::new(cases(&[("web", false), ("web", false)])));
        let first = order.begin().await.unwrap();
        let (next, ()) = tokio::join!(order.begin(), async { drop(first) });
        assert_eq!(next.unwrap().index, 1);
        assert!(order.begin().await.is_none());
    }

    #[tokio::test]
    async fn all_who_wait_notice_the_end() {
        let order =
            Arc::new(Order::new(cases(&[("web", true), ("web", false), ("native", false)])));
        let first = order.begin().await.unwrap();
        let next = async || order.begin().await.unwrap().index;
        let (second, third, ()) = tokio::join!(next(), next(), async { drop(first) });
        assert_eq!(BTreeSet::from([second, third]), BTreeSet::from([1, 2]));
    }

    #[test]
    fn cases_that_let_time_pass_leave_room_for_others() {
        let mut cases = cases(&[("", false), ("web", false)]);
        cases.needs.get_mut(&0).unwrap().pauses = true;
        assert_eq!([cases.begin(), cases.begin()], [Begin::Case(0), Begin::Case(1)]);
    }
}
