//! Races: one request sent many times at once, and what was won tried afterwards.

use std::collections::BTreeSet;

use super::perform::{Stage, on_the_wire};
use super::step;
use super::transcript::{Outcome, Performed, Race};
use super::values::Values;
use crate::oauth::Request;
use crate::suite::{Parallel, Placeholder, StepKind};
use crate::target::Client;
use crate::wire::Blocked;

impl Stage<'_> {
    /// Sends the request as often as that at once, then tries every token that was won.
    pub(super) async fn race(
        &self,
        request: &Request,
        Parallel(count): Parallel,
        client: &Client,
        values: &Values,
        performed: &mut Performed,
    ) {
        let mut outcomes = Vec::new();
        for (exchange, blocked) in self.http.race(&on_the_wire(request), count).await {
            let blocked = blocked.unwrap_or(Blocked::Unreachable("no answer".to_owned()));
            let answer = exchange.answer.clone();
            outcomes.push(answer.map_or(Outcome::Blocked(blocked), Outcome::Answered));
            performed.exchanges.push(exchange);
        }
        let kind = performed.kind;
        let won: Vec<_> = outcomes.iter().filter(|it| step::worked(kind, it, values)).collect();
        let tried = match won.len() {
            // Of one token, no more than one can live.
            count @ 0..=1 => Ok(count),
            _ => self.try_out(&won, client, values, performed).await,
        };
        let silent = outcomes.iter().find(|it| matches!(it, Outcome::Blocked(_)));
        performed.outcome = match (won.as_slice(), silent) {
            // One that did not answer may have been granted too.
            ([] | [_], Some(silent)) => silent.clone(),
            ([], None) => refused(&outcomes),
            ([first, ..], _) => tried.as_ref().err().unwrap_or(first).clone(),
        };
        let alive = tried.ok();
        performed.race = alive.map(|alive| Race { sent: count, granted: won.len(), alive });
    }

    /// How many different tokens work that these answers brought: refresh tokens where it was such
    /// that were used, else access tokens at the userinfo endpoint. The error is an outcome that
    /// does not tell.
    async fn try_out(
        &self,
        won: &[&Outcome],
        client: &Client,
        values: &Values,
        performed: &mut Performed,
    ) -> Result<usize, Outcome> {
        let (kind, token) = match performed.kind {
            StepKind::Refresh => (StepKind::Refresh, Placeholder::RefreshToken),
            _ => (StepKind::Userinfo, Placeholder::AccessToken),
        };
        let mut tried = BTreeSet::new();
        let mut alive = 0;
        for outcome in won {
            let mut theirs = values.clone();
            step::take(performed.kind, outcome, false, &mut theirs);
            if !theirs.get(token).is_some_and(|token| tried.insert(token)) {
                continue;
            }
            // Without a place to try tokens at, none is known to work.
            let Ok(request) = step::request(kind, &theirs, client, self.endpoints) else {
                continue;
            };
            let (exchange, blocked) = self.http.send(on_the_wire(&request)).await;
            let answer = exchange.answer.clone();
            performed.exchanges.push(exchange);
            match answer {
                Some(answer) if matches!(answer.status, 408 | 429 | 500..) => {
                    return Err(Outcome::Blocked(Blocked::Unavailable(answer.status)));
                }
                Some(answer) => {
                    alive += usize::from(step::worked(kind, &Outcome::Answered(answer), &theirs));
                }
                None => {
                    let why = blocked.unwrap_or(Blocked::Unreachable("no answer".to_owned()));
                    return Err(Outcome::Blocked(why));
                }
            }
        }
        Ok(alive)
    }
}

/// What is to be said where none was granted: nobody won, so that nothing was raced for.
fn refused(outcomes: &[Outcome]) -> Outcome {
    let troubled = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Answered(answer) if answer.status >= 500 => Some(answer.status),
        _ => None,
    });
    Outcome::Blocked(troubled.map_or(Blocked::NoWinner, Blocked::Unavailable))
}
