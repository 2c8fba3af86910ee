//! Controls: the unchanged flow, which must work, as otherwise a refusal proves nothing.

use super::discover::Endpoints;
use super::perform::PerformContext;
use super::seen::describe;
use super::step;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use crate::agent::Landing;
use crate::oauth::AuthMethod;
use crate::oauth::names::{
    INTROSPECTION_ENDPOINT_AUTH_METHODS_SUPPORTED, INVALID_CLIENT, INVALID_SCOPE,
    REVOCATION_ENDPOINT_AUTH_METHODS_SUPPORTED, UNAUTHORIZED_CLIENT, UNSUPPORTED_GRANT_TYPE,
    UNSUPPORTED_RESPONSE_TYPE,
};
use crate::suite::{Case, CaseUser, ClientKind, Step, StepKind};
use crate::wire::{Answer, Blocked, quoted};

/// The result of the unchanged flow.
#[derive(Clone, Debug)]
pub(super) struct Control {
    /// Its outcome.
    pub(super) outcome: ControlOutcome,
    /// What happened.
    pub(super) transcript: Transcript,
    /// The values it ran with.
    pub(super) values: Values,
    /// Whether it was run just now, for the current caller.
    pub(super) is_new: bool,
}

impl Control {
    /// Whether it was refused at a step of this kind.
    pub(super) fn is_refused_at(&self, kind: StepKind) -> bool {
        matches!(self.outcome, ControlOutcome::Refused { .. })
            && self.broken_off().is_some_and(|step| step.kind == kind)
    }

    /// The first step that did not work.
    fn broken_off(&self) -> Option<&Performed> {
        let worked = |step: &Performed| step::worked(step.kind, &step.outcome, &self.values);
        self.transcript.steps.iter().find(|step| !worked(step))
    }

    /// Why there is nothing to check, if the server does not claim that the client may do what it was
    /// refused.
    pub(super) fn unclaimed(&self, endpoints: &Endpoints) -> Option<String> {
        let method = self.values.client.auth;
        let refused = self.broken_off();
        let error = refused.and_then(|step| step.outcome.error());
        let status = refused.and_then(Performed::answer).map(|answer| answer.status);
        let error = error.as_deref();
        let is_of_client = matches!(status, Some(401 | 403))
            || matches!(error, Some(INVALID_CLIENT | UNAUTHORIZED_CLIENT));
        if method == AuthMethod::None && self.is_refused_at(StepKind::Push) && is_of_client {
            let why = "the server lets no client push a request that does not authenticate";
            return Some(why.to_owned());
        }
        if !matches!(self.outcome, ControlOutcome::Refused { .. }) || error != Some(INVALID_CLIENT)
        {
            return None;
        }
        let (list, what) = match refused?.kind {
            StepKind::Revoke => (REVOCATION_ENDPOINT_AUTH_METHODS_SUPPORTED, "revoke tokens"),
            StepKind::Introspect => {
                (INTROSPECTION_ENDPOINT_AUTH_METHODS_SUPPORTED, "introspect tokens")
            }
            _ => return None,
        };
        let listed = endpoints.metadata_url.as_ref().and(endpoints.metadata.list(list));
        let is_claimed = listed.is_none_or(|listed| listed.contains(&method.name()));
        (!is_claimed).then(|| {
            format!("by the metadata, clients do not authenticate by {} to {what}", method.name())
        })
    }

    /// If client authentication failed, tries the secret in another place. If that works, the
    /// secret in the target file is right and only the method is refused.
    pub(super) async fn look_at_method(&mut self, context: &PerformContext<'_>) {
        let other = match self.values.client.auth {
            AuthMethod::ClientSecretBasic => AuthMethod::ClientSecretPost,
            AuthMethod::ClientSecretPost => AuthMethod::ClientSecretBasic,
            _ => return,
        };
        let last = self.transcript.steps.iter().find(|step| step.kind == StepKind::Token);
        let error = last.and_then(|step| step.outcome.error());
        if !self.is_refused_at(StepKind::Token) || error.as_deref() != Some(INVALID_CLIENT) {
            return;
        }
        let mut values = self.values.anew();
        values.client.auth = other;
        let flow = [StepKind::Authorize, StepKind::Token];
        let control = Box::pin(run(context, &flow, values)).await;
        if let (ControlOutcome::Refused { why, method_alone, .. }, ControlOutcome::Works) =
            (&mut self.outcome, control.outcome)
        {
            *method_alone = true;
            *why = format!("{why}, though its secret is taken by {}", other.name());
        }
    }

    /// Whether it may work the next time, as the server may have failed by chance.
    pub(super) fn may_work_later(&self) -> bool {
        self.transcript.blocked().is_some_and(|(_, blocked)| blocked.is_stumble())
    }
}

/// The outcome of the unchanged flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlOutcome {
    /// It worked.
    Works,
    /// The server refused it, or gave an unexpected answer.
    Refused {
        /// What was seen, as a sentence.
        why: String,
        /// Whether a mistake in the target file would explain it.
        misconfigured: bool,
        /// Whether only the authentication method was refused.
        method_alone: bool,
    },
    /// It could not be tried.
    Blocked {
        /// Why.
        why: String,
        /// Whether the server could not be reached at all.
        network: bool,
    },
}

/// Where to look if nothing works.
pub(super) const HINT: &str = "; are the client's id, secret and redirect URI, the user's password and the \
                    endpoints in the target file right?";

/// Errors that point to the target file or the client's registration rather than the server.
const MISCONFIGURED: &[&str] = &[
    INVALID_CLIENT,
    UNAUTHORIZED_CLIENT,
    INVALID_SCOPE,
    UNSUPPORTED_GRANT_TYPE,
    UNSUPPORTED_RESPONSE_TYPE,
];

/// Whether a mistake in the target file would explain the outcome.
pub(super) fn looks_misconfigured(outcome: &Outcome) -> bool {
    // A wrong address for the token endpoint is answered by something else, or not at all.
    let is_elsewhere = |answer: &Answer| matches!(answer.status, 300..400 | 404 | 405);
    matches!(outcome, Outcome::Landed(Landing::ErrorPage { .. }))
        || matches!(outcome,
            Outcome::Answered(answer) | Outcome::Landed(Landing::PushRefused(answer))
                if is_elsewhere(answer))
        || outcome.error().is_some_and(|error| MISCONFIGURED.contains(&error.as_str()))
}

/// Runs the unchanged flow.
pub(super) async fn run(
    context: &PerformContext<'_>,
    flow: &[StepKind],
    mut values: Values,
) -> Control {
    let case = unchanged(flow);
    let transcript = context.perform(&case, &mut values, true).await;
    let outcome = control_outcome(&transcript, &values);
    Control { outcome, transcript, values, is_new: true }
}

fn control_outcome(transcript: &Transcript, values: &Values) -> ControlOutcome {
    if let Some((_, Blocked::DoesNotApply(_))) = transcript.blocked() {
        // All of the valid flow that exists works.
        return ControlOutcome::Works;
    }
    if let Some((step, blocked)) = transcript.blocked() {
        let why = format!("at {}: {blocked}", step.label);
        return ControlOutcome::Blocked { why, network: blocked.is_network() };
    }
    let broken = transcript.steps.iter().find(|it| !step::worked(it.kind, &it.outcome, values));
    match broken {
        None => ControlOutcome::Works,
        Some(step) => ControlOutcome::Refused {
            why: format!("at {}: {}{}", step.label, describe(step), clicked(step)),
            misconfigured: looks_misconfigured(&step.outcome),
            method_alone: false,
        },
    }
}

/// What was clicked on the way, if that may explain why it led nowhere.
fn clicked(step: &Performed) -> String {
    let said: Vec<_> = step.clicked.iter().map(|said| format!("“{}”", quoted(said))).collect();
    if said.is_empty() { String::new() } else { format!(", after clicks on {}", said.join(", ")) }
}

/// The case that is nothing but this flow.
pub(super) fn unchanged(flow: &[StepKind]) -> Case {
    let step = |kind: &StepKind| Step::unchanged(kind.name(), *kind);
    // That keys can be rotated is seen in the case itself.
    let flow = flow.iter().filter(|kind| **kind != StepKind::RotateKeys);
    Case {
        id: "control".to_owned(),
        file: String::new(),
        line: 0,
        client: ClientKind::Each,
        user: CaseUser::First,
        needs: Vec::new(),
        listed: Vec::new(),
        unlisted: Vec::new(),
        verifier: None,
        slow: None,
        rounds: 1,
        budget: None,
        serve: None,
        steps: flow.map(step).collect(),
    }
}
