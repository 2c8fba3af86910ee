//! What is different for a client whose assertions name the endpoint to which they go (RFC7523 §3).

use crate::suite::{Case, Step};
use crate::target::Client;

/// Why the case cannot be meant as this client, or `None` if it can: what is sent to another endpoint once more is
/// refused there for its audience.
pub(super) fn unfit(case: &Case, client: &Client) -> Option<String> {
    let is_moved = |step: &Step| {
        let assertion = step.change.as_ref().and_then(|change| change.assertion.as_ref());
        let sent_by = assertion.and_then(|assertion| assertion.same_as.as_ref());
        let first = sent_by.and_then(|name| case.steps.iter().find(|step| step.label == *name));
        first.is_some_and(|first| !is_one_endpoint(first, step))
    };
    (client.names_endpoints() && case.steps.iter().any(is_moved)).then(|| {
        format!(
            "the assertions of the client {} name the endpoint to which they go, and are for no other",
            client.name
        )
    })
}

fn is_one_endpoint(first: &Step, step: &Step) -> bool {
    first.kind == step.kind || (first.kind.asks_for_tokens() && step.kind.asks_for_tokens())
}
