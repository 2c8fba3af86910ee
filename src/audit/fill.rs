//! Fills in the placeholders in the texts of a plan.

use std::collections::BTreeSet;

use url::{Position, Url};

use super::catalogue::Question;
use crate::oauth::names::RESPONSE_TYPE;
use crate::run::{CaseResult, Endpoints};
use crate::target::Client;
use crate::wire::shortened;

/// The maximum length of what was seen in a step, in characters.
const SEEN: usize = 160;

/// The values of placeholders.
pub(super) struct Fill {
    pairs: Vec<(&'static str, String)>,
}

impl Fill {
    /// The values for a step that answers a question, about these clients.
    pub(super) fn new(
        question: &Question,
        clients: Vec<&Client>,
        why: &str,
        results: &[&CaseResult],
        endpoints: &Endpoints,
    ) -> Self {
        let names: Vec<_> = clients.iter().map(|client| client.name.as_str()).collect();
        let types: BTreeSet<_> =
            clients.iter().flat_map(|client| types(client, question, results)).collect();
        let types = match types.is_empty() {
            true => "`token`".to_owned(),
            false => quoted(types.iter().map(String::as_str)),
        };
        let origins: BTreeSet<_> = clients.iter().filter_map(|client| origin(client)).collect();
        let pairs = vec![
            ("{clients}", names.join(", ")),
            ("{types}", types),
            ("{origins}", origins.into_iter().collect::<Vec<_>>().join(", ")),
            ("{token_endpoint}", endpoints.token.clone()),
            ("{authorization_endpoint}", endpoints.authorization.clone()),
            ("{listed}", quoted(listed(question, endpoints).iter().map(String::as_str))),
            // Comes last, so that placeholders in server text are not replaced.
            ("{seen}", shortened(why, SEEN)),
        ];
        Self { pairs }
    }

    /// The text with these values.
    pub(super) fn text(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// The members of the metadata that show that the server can do what the fix of a question says: their
/// values, or their names.
pub(super) fn listed(question: &Question, endpoints: &Endpoints) -> Vec<String> {
    let metadata = &endpoints.metadata;
    let wanted = question.0.listed.iter().filter(|member| match &member.value {
        Some(value) => metadata.list(&member.name).is_some_and(|it| it.contains(&value.as_str())),
        None => metadata.has(&member.name),
    });
    wanted.map(|member| member.value.as_ref().unwrap_or(&member.name).clone()).collect()
}

/// The response types of the requests whose answers had forbidden parameters.
fn types(client: &Client, question: &Question, results: &[&CaseResult]) -> Vec<String> {
    let theirs = results.iter().filter(|result| {
        result.plan.client() == Some(client.name.as_str()) && question.rests_on(result.plan.case())
    });
    let steps = theirs.flat_map(|result| &result.transcript.steps);
    let brought = steps.filter(|step| question.0.brings.iter().any(|it| step.outcome.has(it)));
    let types = brought.filter_map(|step| step.request.as_ref()?.params().get(RESPONSE_TYPE));
    // The order of words in a response type does not matter (RFC6749 §3.1.1).
    let in_order = |text: &str| {
        let mut words: Vec<_> = text.split_whitespace().collect();
        words.sort_unstable();
        words.join(" ")
    };
    types.map(in_order).collect()
}

fn origin(client: &Client) -> Option<String> {
    let url = Url::parse(client.redirect_uri()).ok()?;
    Some(url[..Position::BeforePath].to_owned())
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
