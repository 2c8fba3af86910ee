//! What is different for a client that requests a response mode (OAuth.FormPost, OAuth.JARM): some
//! cases are about another one.

use crate::oauth::RequestedMode;
use crate::oauth::names::{ACCESS_TOKEN, ID_TOKEN, RESPONSE_MODE, RESPONSE_TYPE, TOKEN};
use crate::oauth::response::ResponseMode;
use crate::suite::{AnyOf, Case, Change, Expect, Feature, Step, StepKind};
use crate::target::Client;

/// What a server has to support if the client requests this mode in the case.
pub(super) fn needed(case: &Case, client: &Client) -> Option<Feature> {
    let is_form = client.extensions.response == Some(RequestedMode::FormPost);
    (is_form && usual_visits(case).next().is_some()).then_some(Feature::FormPost)
}

/// Why the case cannot be meant for such a client, or `None` if it can.
pub(super) fn unfit(case: &Case, client: &Client) -> Option<String> {
    let mode = client.extensions.response?;
    let why = usual_visits(case).find_map(|step| {
        let asks = |expect: &AnyOf<Expect>| expect.any(|it| wants_another(it, mode));
        let is_in_url = mode == RequestedMode::QueryJwt;
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

/// The visits in which the case leaves the response mode to the client.
fn usual_visits(case: &Case) -> impl Iterator<Item = &Step> {
    let visits = |step: &&Step| matches!(step.kind, StepKind::Authorize | StepKind::Implicit);
    let steps = case.steps.iter().filter(visits);
    steps.filter(|step| !step.change.as_ref().is_some_and(chooses_mode))
}

/// Whether it is about responses in another place than the client requests.
fn wants_another(expect: &Expect, mode: RequestedMode) -> bool {
    let by_form = |modes: &AnyOf<ResponseMode>| modes.any(|it| *it == ResponseMode::FormPost);
    let is_form = mode == RequestedMode::FormPost;
    expect.mode.as_ref().is_some_and(|modes| !(is_form && by_form(modes)))
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
