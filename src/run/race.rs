//! Races: sends one request many times at once, and then tries what was granted.

use std::collections::BTreeSet;

use super::backoff::cut;
use super::perform::{PerformContext, on_the_wire};
use super::step;
use super::transcript::{Outcome, Performed, Race};
use super::values::Values;
use crate::oauth::Request;
use crate::suite::{Placeholder, StepKind};
use crate::target::Client;
use crate::wire::{Answer, Blocked, asks_for_nonce, is_trouble};

impl PerformContext<'_> {
    /// Sends the requests at once, then tries every token that was granted. If the
    /// expectation counts live tokens, the outcome is blocked unless their number is known.
    pub(super) async fn race(
        &self,
        requests: &[Request],
        asks_alive: bool,
        client: &Client,
        values: &Values,
        performed: &mut Performed,
    ) {
        let mut outcomes = Vec::new();
        for (exchange, blocked) in self.http.race(requests.iter().map(on_the_wire).collect()).await
        {
            let blocked = blocked.unwrap_or(Blocked::Unreachable("no answer".to_owned()));
            let answer = exchange.answer.clone();
            outcomes.push(match answer {
                Some(answer) => cut(&answer).map_or(Outcome::Answered(answer), Outcome::Blocked),
                None => Outcome::Blocked(blocked),
            });
            performed.exchanges.push(exchange);
        }
        let kind = performed.kind;
        let won: Vec<_> = outcomes.iter().filter(|it| step::worked(kind, it, values)).collect();
        let tried = match won.len() {
            // Of a single token, at most one can be live.
            count @ 0..=1 => Ok(count),
            _ => self.try_out(&won, client, values, performed).await,
        };
        let silent = outcomes.iter().find(|it| matches!(it, Outcome::Blocked(_)));
        performed.outcome = match (won.as_slice(), silent) {
            // A request without an answer may have been granted too.
            ([] | [_], Some(silent)) => silent.clone(),
            ([], None) => refused(&outcomes),
            ([first, ..], _) => {
                tried.as_ref().err().filter(|_| asks_alive).unwrap_or(first).clone()
            }
        };
        performed.race = Some(Race { sent: requests.len(), granted: won.len(), alive: tried.ok() });
    }

    /// How many different tokens from these answers work: the refresh tokens if refresh tokens were
    /// redeemed, else the access tokens at the resource or the userinfo endpoint. The error is an outcome that
    /// leaves it open.
    async fn try_out(
        &self,
        won: &[&Outcome],
        client: &Client,
        values: &Values,
        performed: &mut Performed,
    ) -> Result<usize, Outcome> {
        let (kind, token) = match performed.kind {
            StepKind::Refresh => (StepKind::Refresh, Placeholder::RefreshToken),
            _ => (StepKind::Resource, Placeholder::AccessToken),
        };
        let mut tried = BTreeSet::new();
        let (mut alive, mut unseen) = (0, Vec::new());
        for outcome in won {
            let mut theirs = values.clone();
            step::take(performed.kind, outcome, false, &mut theirs);
            if !theirs.get(token).is_some_and(|token| tried.insert(token)) {
                continue;
            }
            let (answer, blocked) = match self.use_token(kind, (&theirs, client), performed).await {
                Ok(answered) => answered,
                Err(missing) => {
                    unseen.push(format!("could not try whether the tokens are valid: {missing}"));
                    continue;
                }
            };
            match answer {
                Some(answer) if is_trouble(answer.status) => {
                    return Err(Outcome::Blocked(Blocked::Unavailable(answer.status)));
                }
                Some(answer) => {
                    let status = answer.status;
                    if refuses_another_thing(kind, &answer) {
                        let why = "which does not tell whether the token is valid";
                        unseen.push(format!("the server answered {status}, {why}"));
                    }
                    alive += usize::from(step::worked(kind, &Outcome::Answered(answer), &theirs));
                }
                None => {
                    let why = blocked.unwrap_or(Blocked::Unreachable("no answer".to_owned()));
                    return Err(Outcome::Blocked(why));
                }
            }
        }
        // Of the undecided ones, a single one may be live; two live tokens are too many in any
        // case.
        let is_known = alive > 1 || alive + unseen.len() < 2;
        let why = unseen.into_iter().next().filter(|_| !is_known);
        why.map_or(Ok(alive), |why| Err(Outcome::Blocked(Blocked::Unseen(why))))
    }
}

impl PerformContext<'_> {
    /// Uses a token, once more if the server wants a nonce in the proof beside it. The error names
    /// what is missing for the request.
    async fn use_token(
        &self,
        kind: StepKind,
        (values, client): (&Values, &Client),
        performed: &mut Performed,
    ) -> Result<(Option<Answer>, Option<Blocked>), String> {
        let mut is_again = false;
        loop {
            let mut request = step::request(kind, values, client, self.endpoints)?;
            let nonce = self.http.nonce(&request.endpoint);
            step::prove(kind, None, &mut request, (values, client), nonce)?;
            let (exchange, blocked) = self.http.send(on_the_wire(&request)).await;
            let answer = exchange.answer.clone();
            performed.exchanges.push(exchange);
            let asks = request.proof().is_some() && answer.as_ref().is_some_and(asks_for_nonce);
            if is_again || !asks {
                return Ok((answer, blocked));
            }
            is_again = true;
        }
    }
}

/// Whether a token may have been refused for another reason than being invalid.
fn refuses_another_thing(kind: StepKind, answer: &Answer) -> bool {
    let error = answer.json().and_then(|body| body.get("error")?.as_str().map(str::to_owned));
    match kind {
        StepKind::Refresh => answer.status >= 300 && error.as_deref() != Some("invalid_grant"),
        _ => {
            let challenges: Vec<_> = answer.headers("www-authenticate").collect();
            let says = |word: &str| {
                error.as_deref() == Some(word) || challenges.iter().any(|it| it.contains(word))
            };
            let is_invalid = says("invalid_token") || answer.status == 401;
            answer.status >= 300 && (!is_invalid || says("insufficient_scope"))
        }
    }
}

/// The outcome if no request was granted, so that there was no race.
fn refused(outcomes: &[Outcome]) -> Outcome {
    let troubled = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Answered(Answer { status, .. }) => match status {
            300..400 => Some(Blocked::Redirected(*status)),
            500.. => Some(Blocked::Unavailable(*status)),
            _ => None,
        },
        _ => None,
    });
    Outcome::Blocked(troubled.unwrap_or(Blocked::NoWinner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_dead_only_where_it_is_what_was_refused() {
        let doubtful = |kind, status, body: &str, challenge: &str| {
            let headers = vec![("www-authenticate".to_owned(), challenge.to_owned())];
            let answer = Answer { status, headers, body: body.to_owned().into(), cut: false };
            refuses_another_thing(kind, &answer)
        };
        let at_userinfo = |status, body, field| doubtful(StepKind::Userinfo, status, body, field);
        assert!(!at_userinfo(200, "{}", ""));
        assert!(!at_userinfo(401, "", "Bearer"));
        assert!(!at_userinfo(400, r#"{"error":"invalid_token"}"#, ""));
        assert!(at_userinfo(401, "", r#"Bearer error="insufficient_scope""#));
        assert!(at_userinfo(403, "", ""));
        assert!(at_userinfo(404, "", ""));
        let at_token = |status, body| doubtful(StepKind::Refresh, status, body, "");
        assert!(!at_token(400, r#"{"error":"invalid_grant"}"#));
        assert!(at_token(400, r#"{"error":"invalid_scope"}"#));
        assert!(at_token(403, "blocked"));
    }
}
