//! How a step passes its authorization request to the server.

use crate::oauth::RequestForm;
use crate::suite::{Case, Step, StepKind};
use crate::target::Client;

/// How the step passes its authorization request, as this client. A step that pushes by itself
/// passes it in an object if the client does so in general.
pub(super) fn form_of(step: &Step, client: &Client) -> Option<RequestForm> {
    if !step.kind.passes_authorization_request() {
        return None;
    }
    let change = step.change.as_ref();
    let form = change.and_then(|change| change.request).unwrap_or(client.request);
    let form = match change.is_some_and(|change| change.object.is_some()) {
        true => form.with_object(),
        false => form,
    };
    Some(match (step.kind, form.is_object()) {
        (StepKind::Push, true) => RequestForm::PushedObject,
        (StepKind::Push, false) => RequestForm::Pushed,
        _ => form,
    })
}

/// Whether the client pushes its request before this step visits the authorization endpoint.
pub(super) fn is_pushed(step: &Step, client: &Client) -> bool {
    step.kind != StepKind::Push && form_of(step, client).is_some_and(RequestForm::is_pushed)
}

/// Whether the step passes its authorization request as the address of an object.
pub(super) fn is_reference(step: &Step, client: &Client) -> bool {
    form_of(step, client) == Some(RequestForm::Reference)
}

/// Whether the case has a step that pushes before the step with this number.
pub(super) fn refers(case: &Case, index: usize) -> bool {
    case.steps[index].kind == StepKind::Authorize
        && case.steps[..index].iter().any(|step| step.kind == StepKind::Push)
}
