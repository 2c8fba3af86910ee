//! What would break: clients that still depend on a grant that is to go, and the way from it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Position, Url};

use super::answer::Answer;
use super::catalogue::Question;
use super::client::ClientAudit;
use super::file::Grant;
use crate::oauth::names::{IMPLICIT, PASSWORD, RESPONSE_TYPE};
use crate::run::{CaseResult, Endpoints};
use crate::target::Client;

/// A client that gets tokens by a grant that is to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Break {
    /// The client, by its name in the target file.
    pub client: String,
    /// The question to which the answer is no.
    pub question: String,
    /// The response types by which it gets tokens, where that is how.
    pub types: Vec<String>,
    /// The registration or setting that keeps it alive.
    pub kept_by: String,
    /// The way from it, line by line.
    pub migration: Vec<String>,
}

/// What would break for a client, question by question.
pub(super) fn breaks(
    client: &Client,
    audit: &ClientAudit,
    questions: &[&Question],
    results: &[&CaseResult],
    endpoints: &Endpoints,
) -> Vec<Break> {
    let one = |question: &&Question| {
        let given = audit.answer(question.id())?;
        if given.answer != Answer::No || question.0.moves_by.is_empty() {
            return None;
        }
        let types = types(client, question, results);
        let fill = |line: &String| {
            let types = match types.is_empty() {
                true => "it".to_owned(),
                false => quoted(types.iter().map(String::as_str)),
            };
            line.replace("{client}", &client.name)
                .replace("{types}", &types)
                .replace("{origin}", &origin(client))
                .replace("{token_endpoint}", &endpoints.token)
                .replace("{authorization_endpoint}", &endpoints.authorization)
        };
        Some(Break {
            client: client.name.clone(),
            question: question.id().to_owned(),
            kept_by: kept_by(client, question.0.kept, &types, endpoints),
            migration: question.0.moves_by.iter().map(fill).collect(),
            types,
        })
    };
    questions.iter().filter_map(one).collect()
}

/// The response types of the requests that brought what they should not.
fn types(client: &Client, question: &Question, results: &[&CaseResult]) -> Vec<String> {
    let theirs = results.iter().filter(|result| {
        result.plan.client() == Some(client.name.as_str()) && question.rests_on(result.plan.case())
    });
    let steps = theirs.flat_map(|result| &result.transcript.steps);
    let brought = steps.filter(|step| question.0.brings.iter().any(|it| step.outcome.has(it)));
    let types = brought.filter_map(|step| step.request.as_ref()?.params().get(RESPONSE_TYPE));
    // In whichever order its words stood, it is one response type (RFC6749 §3.1.1).
    let in_order = |text: &str| {
        let mut words: Vec<_> = text.split_whitespace().collect();
        words.sort_unstable();
        words.join(" ")
    };
    types.map(in_order).collect::<BTreeSet<_>>().into_iter().collect()
}

fn kept_by(
    client: &Client,
    grant: Option<Grant>,
    types: &[String],
    endpoints: &Endpoints,
) -> String {
    let name = match grant {
        Some(Grant::Implicit) => IMPLICIT,
        Some(Grant::Password) => PASSWORD,
        None => return String::new(),
    };
    let own = match client.may(name) {
        true => format!("its registration for the grant type `{name}`"),
        false => format!(
            "a setting of the server: by the target file, {} is registered for {} alone",
            client.name,
            quoted(client.grants.iter().map(String::as_str))
        ),
    };
    let list = format!("{RESPONSE_TYPE}s_supported");
    let listed = endpoints.metadata.list(&list).unwrap_or_default();
    let is_listed = |wanted: &str| {
        let words: BTreeSet<_> = wanted.split(' ').collect();
        listed.iter().any(|known| known.split(' ').collect::<BTreeSet<_>>() == words)
    };
    let listed: Vec<_> = types.iter().map(String::as_str).filter(|it| is_listed(it)).collect();
    match listed.is_empty() {
        true => own,
        false => format!("{own}, and `{list}` with {}", quoted(listed.into_iter())),
    }
}

fn origin(client: &Client) -> String {
    let url = Url::parse(client.redirect_uri()).ok();
    url.map_or_else(|| "its origin".to_owned(), |url| url[..Position::BeforePath].to_owned())
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
