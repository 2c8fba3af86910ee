//! What a case waits for before a step.

use std::time::Duration;

use super::control;
use super::own_sessions::OwnSessions;
use super::perform::PerformContext;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use crate::agent::Landing;
use crate::oauth::names::LOGIN_REQUIRED;
use crate::suite::{Asked, Case, Expect, Pause, Step, StepKind};
use crate::wire::{Blocked, Phase};

impl PerformContext<'_> {
    /// Waits for as long as this step of the case says.
    ///
    /// # Errors
    /// If that would take too long, or if the session did not outlive a pause in which other cases
    /// ran.
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
        match (self.turn, own_sessions) {
            (Some(turn), Some(own_sessions)) => {
                if step.kind.is_visit() && !case.steps[..index].iter().any(|it| it.kind.is_visit())
                {
                    self.visit_unchanged(step.kind, values, own_sessions).await;
                }
                turn.step_aside(pause).await;
                if wants_sign_in(step) {
                    let visit = self.visit_unchanged(step.kind, values, own_sessions).await;
                    if !visit.steps.iter().all(is_signed_in) {
                        return Err(Blocked::SessionEnded);
                    }
                }
            }
            _ => {
                let _waiting = Phase::Pause.enter();
                tokio::time::sleep(pause).await;
            }
        }
        waited
    }

    /// A valid request of this kind in these sessions, as the client that the case began with.
    async fn visit_unchanged(
        &self,
        kind: StepKind,
        values: &Values,
        own_sessions: &OwnSessions,
    ) -> Transcript {
        let case = control::unchanged(&[kind]);
        Box::pin(self.attempt_in(&case, &mut values.anew(), false, Some(own_sessions))).await
    }
}

/// Whether a user who has to sign in is what the step is about, so that a session that has ended for
/// another reason would look like it.
fn wants_sign_in(step: &Step) -> bool {
    let asks = |expect: &Expect| expect.asks.contains(&Asked::SignIn);
    let wants = step.expect.as_ref();
    step.kind.is_visit()
        && wants.is_some_and(|expect| expect.any(asks) || expect.takes_error(&[LOGIN_REQUIRED]))
}

fn is_signed_in(visit: &Performed) -> bool {
    matches!(visit.outcome, Outcome::Landed(Landing::Callback(_)))
        && visit.outcome.is_grant()
        && !visit.asked.contains(&Asked::SignIn)
}
