//! What is different for a client whose authorization responses are JWTs (OAuth.JARM): some cases
//! are about another way to send them.

use crate::oauth::JwtMode;
use crate::oauth::names::{ACCESS_TOKEN, ID_TOKEN, RESPONSE_MODE, RESPONSE_TYPE, TOKEN};
use crate::suite::{AnyOf, Case, Change, Expect, Step, StepKind};
use crate::target::Client;

/// Why the case cannot be meant for such a client, or `None` if it can.
pub(super) fn unfit(case: &Case, client: &Client) -> Option<String> {
    let mode = client.extensions.response?;
    let visits = |step: &&Step| matches!(step.kind, StepKind::Authorize | StepKind::Implicit);
    let steps = case.steps.iter().filter(visits);
    let mut own = steps.filter(|step| !step.change.as_ref().is_some_and(chooses_mode));
    let why = own.find_map(|step| {
        let asks = |expect: &AnyOf<Expect>| expect.any(|it| it.mode.is_some());
        let is_in_url = mode == JwtMode::Query;
        if step.expect.as_ref().is_some_and(asks) {
            Some("the case is about another response mode")
        } else if is_in_url && (step.kind == StepKind::Implicit || asks_for_token(step)) {
            Some("no token is sent in a URL (OAuth.JARM §2.3.1)")
        } else {
            None
        }
    })?;
    Some(format!("the client {} uses the response mode {}, and {why}", client.name, mode.name()))
}

/// Whether the change says how the response is sent.
fn chooses_mode(change: &Change) -> bool {
    change.set.contains_key(RESPONSE_MODE)
        || change.repeat.contains_key(RESPONSE_MODE)
        || change.omit.iter().any(|name| name == RESPONSE_MODE)
}

/// Whether the request asks for a token in the response.
fn asks_for_token(step: &Step) -> bool {
    let Some(change) = &step.change else { return false };
    let set = change.set.get(RESPONSE_TYPE).into_iter();
    let repeated = change.repeat.get(RESPONSE_TYPE).into_iter().flat_map(AnyOf::iter);
    let words = [TOKEN, ID_TOKEN, ACCESS_TOKEN];
    set.chain(repeated).any(|it| it.to_string().split([' ', ',']).any(|it| words.contains(&it)))
}
