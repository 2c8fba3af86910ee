//! The answer in a sentence.

use super::answer::Answer;
use super::file::Topic;
use super::topic::{TopicAudit, Unsettled};
use crate::wire::shortened;

/// How much of a reason stands in a sentence, in characters.
const REASON: usize = 110;

/// What is found, in one sentence; `against` is why those clients are not as they should be.
pub(super) fn sentence(found: &TopicAudit, against: &[Unsettled]) -> String {
    let total = found.yes.len() + found.no.len() + found.unknown.len();
    let mut parts = Vec::new();
    if total == 0 {
        return nobody(found);
    }
    if !found.no.is_empty() {
        let names = match found.topic {
            Topic::Moving => with_reasons(against),
            _ => found.no.join(", "),
        };
        parts.push(match (found.topic, found.no.len()) {
            (Topic::Moving, count) if count == total => {
                format!("No client can move to codes with PKCE: {names}")
            }
            (topic, count) => bad(topic, &of(count, total), &names),
        });
    }
    if found.no.is_empty() && !found.yes.is_empty() {
        parts.push(good(found.topic, &of(found.yes.len(), total)));
    }
    if !found.unknown.is_empty() {
        let names = with_reasons(&found.unknown);
        parts.push(match parts.is_empty() {
            true => whether(found.topic, &of(found.unknown.len(), total), &names),
            false => format!("unknown for {}: {names}", found.unknown.len()),
        });
    }
    let told = parts.join("; ");
    match found.registration == Answer::No && found.no.is_empty() {
        true => format!("{told}, but a new client may register for it."),
        false => format!("{told}."),
    }
}

/// So many of so many clients.
fn of(count: usize, total: usize) -> String {
    match (count, total) {
        (1, 1) => "its one client".to_owned(),
        (count, total) if count == total => format!("all {total} clients"),
        (count, total) => format!("{count} of {total} clients"),
    }
}

fn good(topic: Topic, clients: &str) -> String {
    match topic {
        Topic::Implicit => format!("Implicit is dead for {clients}"),
        Topic::Password => format!("The password grant is off for {clients}"),
        Topic::Moving => capital(&format!("{clients} can move to codes with PKCE")),
    }
}

fn bad(topic: Topic, clients: &str, names: &str) -> String {
    match topic {
        Topic::Implicit => format!("Implicit is alive for {clients}: {names}"),
        Topic::Password => format!("The password grant is alive for {clients}: {names}"),
        Topic::Moving => capital(&format!("{clients} cannot move to codes with PKCE: {names}")),
    }
}

fn whether(topic: Topic, clients: &str, names: &str) -> String {
    let what = match topic {
        Topic::Implicit => "implicit is dead",
        Topic::Password => "the password grant is off",
        Topic::Moving => "clients can move to codes with PKCE",
    };
    format!("Whether {what} is unknown for {clients}: {names}")
}

/// What can be said without any client to ask about.
fn nobody(found: &TopicAudit) -> String {
    let (what, it) = match found.topic {
        Topic::Implicit => ("implicit is dead", "the implicit grant"),
        Topic::Password => ("the password grant is off", "the password grant"),
        Topic::Moving => {
            return "Whether clients can move is unknown, as there is none to try it with."
                .to_owned();
        }
    };
    let told = match found.metadata {
        Answer::Yes => format!("; the metadata does not list {it}"),
        Answer::No => format!("; the metadata lists {it}"),
        _ => String::new(),
    };
    let open = match found.registration {
        Answer::Yes => "; a new client cannot register for it",
        Answer::No => "; a new client may register for it",
        _ => "",
    };
    format!("Whether {what} is unknown, as there is no client to try it with{told}{open}.")
}

/// The clients, those of one reason together.
fn with_reasons(doubts: &[Unsettled]) -> String {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for Unsettled { client, why } in doubts {
        match by_reason.iter_mut().find(|(known, _)| known == why) {
            Some((_, clients)) => clients.push(client),
            None => by_reason.push((why, vec![client])),
        }
    }
    let one = |(why, clients): &(&str, Vec<&str>)| match why.is_empty() {
        true => clients.join(", "),
        false => format!("{} ({})", clients.join(", "), shortened(why, REASON)),
    };
    by_reason.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
