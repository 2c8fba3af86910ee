//! What a case waits for before a step.

use std::time::Duration;

use serde_json::Value;

use super::control;
use super::own_sessions::OwnSessions;
use super::perform::PerformContext;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use crate::agent::Landing;
use crate::oauth::jwt;
use crate::oauth::names::{AUTH_TIME, LOGIN_REQUIRED};
use crate::suite::{Asked, Case, Expect, Pause, Step};
use crate::wire::{Blocked, Phase};

impl PerformContext<'_> {
    /// Waits for as long as this step of the case says.
    ///
    /// # Errors
    /// If that would take too long, or if the session has changed in a pause in which other cases ran.
    pub(super) async fn wait_before(
        &self,
        case: &Case,
        index: usize,
        values: &Values,
        own_sessions: Option<&OwnSessions>,
    ) -> Result<(), Blocked> {
        let step = &case.steps[index];
        let Some(change) = &step.change else { return Ok(()) };
        let waits = change.wait.zip(case.slow);
        let waited = match waits {
            Some((lifetime, most)) => self.wait(lifetime, most, values).await,
            None => Ok(()),
        };
        let Some(Pause(seconds)) = change.pause else { return waited };
        let pause = Duration::from_secs(seconds);
        let (Some(turn), Some(own_sessions)) = (self.turn, own_sessions) else {
            let _waiting = Phase::Pause.enter();
            tokio::time::sleep(pause).await;
            return waited;
        };
        let before = beginning(case, index);
        if !case.steps[..index].iter().any(|step| step.kind.is_visit()) {
            self.repeat(&before, values, own_sessions).await;
        }
        turn.step_aside(pause).await;
        if is_about_session(case, index) {
            let (again, known) = self.repeat(&before, values, own_sessions).await;
            let mut visits = again.steps.iter().filter(|step| step.kind.is_visit());
            if !visits.all(is_signed_in) || signed_in_at(&known) != signed_in_at(values) {
                return Err(Blocked::SessionChanged);
            }
        }
        waited
    }

    /// Performs these steps in these sessions, as the client that the case began with.
    async fn repeat(
        &self,
        steps: &Case,
        values: &Values,
        own_sessions: &OwnSessions,
    ) -> (Transcript, Values) {
        let mut anew = values.anew();
        let again = self.attempt_in(steps, &mut anew, false, Some(own_sessions));
        let transcript = Box::pin(again).await;
        (transcript, anew)
    }
}

/// The steps before a pause; or a valid request, if the user has made no visit by then.
fn beginning(case: &Case, index: usize) -> Case {
    let steps = &case.steps[..index];
    match steps.iter().any(|step| step.kind.is_visit()) {
        true => Case { steps: steps.to_vec(), ..case.clone() },
        false => control::unchanged(&[case.steps[index].kind]),
    }
}

/// Whether the session that the user has before this step decides: a user who has to sign in, or a later time of
/// sign-in, is what the case is about, so that a session which has ended or was renewed for another reason would
/// look like it.
fn is_about_session(case: &Case, index: usize) -> bool {
    let asks = |expect: &Expect| expect.asks.contains(&Asked::SignIn);
    let renews = |expect: &Expect| expect.newer.iter().any(|claim| claim == AUTH_TIME);
    let is_about = |step: &Step| {
        step.expect.as_ref().is_some_and(|expect| {
            expect.any(renews)
                || step.kind.is_visit()
                    && (expect.any(asks) || expect.takes_error(&[LOGIN_REQUIRED]))
        })
    };
    case.steps[index..].iter().any(is_about)
}

/// The time of sign-in that the first ID token tells.
fn signed_in_at(values: &Values) -> Option<Value> {
    jwt::parts(values.first_id_token()?)?.1.get(AUTH_TIME).cloned()
}

fn is_signed_in(visit: &Performed) -> bool {
    matches!(visit.outcome, Outcome::Landed(Landing::Callback(_)))
        && visit.outcome.is_grant()
        && !visit.asked.contains(&Asked::SignIn)
}
