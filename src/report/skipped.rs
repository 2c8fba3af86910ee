//! Groups skipped cases by reason, over all clients.

use super::recorder::redacted_text;
use crate::run::{CaseResult, Verdict};

/// Cases that are skipped for the same reason.
pub(super) struct Skipped<'a> {
    /// What is missing, without the client.
    why: String,
    /// The clients that lack it, if the reason is about clients.
    clients: Vec<String>,
    /// In the order of the suites; never empty.
    pub(super) cases: Vec<&'a CaseResult>,
}

/// The skipped cases, grouped by reason.
pub(super) fn groups<'a>(results: impl Iterator<Item = &'a CaseResult>) -> Vec<Skipped<'a>> {
    let mut groups: Vec<Skipped<'a>> = Vec::new();
    for result in results.filter(|it| it.judged.verdict == Verdict::NotApplicable) {
        let reason = result.judged.reason.as_deref().unwrap_or_default();
        let reason = redacted_text(&result.names, reason);
        let (client, why) = apart(&reason);
        let is_same = |it: &Skipped<'_>| it.why == why && it.clients.is_empty() == client.is_none();
        let index = groups.iter().position(is_same).unwrap_or_else(|| {
            groups.push(Skipped { why: why.to_owned(), clients: Vec::new(), cases: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[index];
        group.cases.push(result);
        if let Some(client) = client.filter(|client| !group.clients.iter().any(|it| it == client)) {
            group.clients.push(client.to_owned());
        }
    }
    groups
}

impl Skipped<'_> {
    /// Why they are skipped.
    pub(super) fn reason(&self) -> String {
        let why = &self.why;
        match self.clients.as_slice() {
            [] => why.clone(),
            [client] => format!("the client {client} has {why}"),
            clients => format!("the clients {} have {why}", clients.join(", ")),
        }
    }
}

/// The client and what it lacks, if the reason has that form.
fn apart(reason: &str) -> (Option<&str>, &str) {
    let lacks = reason.strip_prefix("the client ").and_then(|rest| rest.split_once(" has "));
    lacks.map_or((None, reason), |(client, why)| (Some(client), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_told_apart_from_what_it_lacks() {
        let reason = "the client web has no redirect URI with a query";
        assert_eq!(apart(reason), (Some("web"), "no redirect URI with a query"));
        assert_eq!(apart("needs --slow"), (None, "needs --slow"));
    }
}
