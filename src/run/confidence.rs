//! The confidence that a server loses no race, given the number of rounds without a loss.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::verdict::Judged;
use crate::source::counted;

/// The loss rate to detect: a server that loses one race in so many.
const LOST_ONE_IN: u32 = 9;

/// The confidence at which a pass needs no caveat.
const SURE: f64 = 0.95;

/// The fewest rounds to run as each client, however many were run as others.
const FEWEST: usize = 4;

/// Rounds of a race, none of which was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raced {
    /// As the client of this case.
    pub rounds: usize,
    /// As other clients, in this run.
    pub as_others: usize,
}

impl Raced {
    /// The probability, from 0 to 1, that a server that loses one race in nine would have lost one
    /// of these.
    pub fn confidence(self) -> f64 {
        let won = 1.0 - 1.0 / f64::from(LOST_ONE_IN);
        let rounds = i32::try_from(self.rounds + self.as_others).unwrap_or(i32::MAX);
        1.0 - won.powi(rounds)
    }

    /// Whether the confidence is at least 95 %.
    pub fn is_sure(self) -> bool {
        self.confidence() >= SURE
    }

    /// The rounds that count if another client has lost a race, and the judgment: inconclusive if they are too few to be
    /// sure, unless the target file says that races are sometimes lost (`is_known`).
    pub(super) fn where_others_lost(self, is_known: bool) -> (Self, Judged) {
        const LOST: &str = "a race was lost as another client";
        let alone = Self { as_others: 0, ..self };
        let judged = match is_known || alone.is_sure() {
            true => {
                let reason = format!("{}; {LOST}", alone.sentence());
                Judged { reason: Some(reason), ..Judged::pass() }
            }
            false => Judged::inconclusive(format!(
                "{LOST}, and that none was lost in {} as this one may be chance",
                counted(alone.rounds, "round")
            )),
        };
        (alone, judged)
    }

    /// Describes the confidence in a sentence.
    pub fn sentence(self) -> String {
        let rounds = counted(self.rounds, "round");
        let others = match self.as_others {
            0 => String::new(),
            others => format!(" and {others} as other clients"),
        };
        let percent = (self.confidence() * 100.0).floor();
        format!(
            "no race was lost in {rounds}{others}; a server that loses one in {LOST_ONE_IN} would have been \
             caught with a confidence of {percent} %"
        )
    }
}

/// The rounds of each case, as any client.
#[derive(Debug, Default)]
pub(super) struct Rounds(Mutex<BTreeMap<String, Tally>>);

/// The rounds of a case, as any client.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// The number of rounds as clients that lost none.
    won: usize,
    /// Whether one was lost.
    lost: bool,
}

impl Rounds {
    /// The number of rounds of this case that were run as other clients so far.
    pub(super) fn so_far(&self, case: &str) -> usize {
        self.of(case).won
    }

    /// Whether a round of this case was lost, as any client.
    pub(super) fn was_lost(&self, case: &str) -> bool {
        self.of(case).lost
    }

    fn of(&self, case: &str) -> Tally {
        let rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.get(case).copied().unwrap_or_default()
    }

    /// Adds the rounds that were run as one client.
    pub(super) fn add(&self, case: &str, count: usize) {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.entry(case.to_owned()).or_default().won += count;
    }

    /// Notes that a round was lost.
    pub(super) fn lose(&self, case: &str) {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.entry(case.to_owned()).or_default().lost = true;
    }
}

/// The rounds of a race that are run as other clients in the same run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Elsewhere {
    /// The number of rounds without a loss.
    pub(super) rounds: usize,
    /// The number of clients that have yet to run it.
    pub(super) clients: usize,
}

/// The number of rounds to run as one client, so that all clients together run the most that a case
/// allows.
pub(super) fn rounds(most: usize, elsewhere: Elsewhere) -> usize {
    let others = elsewhere.rounds + elsewhere.clients * FEWEST;
    most.saturating_sub(others).max(FEWEST.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verdict;

    #[test]
    fn twenty_six_rounds_find_one_loss_in_nine_with_ninety_five_percent() {
        let after = |rounds| Raced { rounds, as_others: 0 }.confidence();
        assert!(after(25) < 0.95 && after(26) > 0.95);
        assert!(Raced { rounds: 4, as_others: 26 }.confidence() > 0.97);
    }

    #[test]
    fn where_another_client_lost_few_rounds_say_nothing() {
        let verdict = |rounds, is_known| {
            let (alone, judged) = Raced { rounds, as_others: 26 }.where_others_lost(is_known);
            (alone.as_others, judged.verdict)
        };
        assert_eq!(verdict(26, false), (0, Verdict::Pass));
        assert_eq!(verdict(4, false), (0, Verdict::Inconclusive));
        assert_eq!(verdict(4, true), (0, Verdict::Pass));
    }

    #[test]
    fn the_rounds_of_other_clients_count_but_each_has_some() {
        let after = |most, run| rounds(most, Elsewhere { rounds: run, clients: 0 });
        assert_eq!([after(26, 0), after(26, 10), after(26, 26), after(2, 26)], [26, 16, 4, 2]);
    }

    #[test]
    fn the_rounds_of_all_clients_come_to_what_the_case_asks_for() {
        for count in 1..10 {
            let mut run = 0;
            for clients in (0..count).rev() {
                run += rounds(26, Elsewhere { rounds: run, clients });
            }
            assert_eq!(run, 26.max(count * FEWEST));
        }
    }
}
