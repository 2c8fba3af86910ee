//! The headline: the answer in one sentence. Its counts cover all clients in the report.

use super::answer::Answer;
use super::client::ClientAudit;
use super::file::{Grant, Topic};
use super::progress::Progress;
use super::threat::{ThreatAudit, ThreatStatus};
use super::topic::TopicAudit;
use crate::wire::shortened;

/// The maximum length of a reason, in characters.
const REASON: usize = 110;

/// The headline if nothing could be tested, with the reason.
pub(super) fn untested(why: &str) -> String {
    format!("Nothing could be tested: {why}")
}

/// The findings in one sentence.
pub(super) fn headline(
    clients: &[ClientAudit],
    topics: &[TopicAudit],
    threats: &[ThreatAudit],
) -> String {
    let mut parts = match clients.is_empty() {
        true => vec!["No client could be tested, as the target file has none".to_owned()],
        false => of_clients(clients),
    };
    parts.extend(registration(topics));
    parts.extend(open(threats));
    format!("{}.", parts.join("; "))
}

/// The part about open threats; those that take more than OAuth 2.0 requires to close are counted apart.
fn open(threats: &[ThreatAudit]) -> Option<String> {
    let open = || threats.iter().filter(|threat| threat.status == ThreatStatus::Open);
    let beyond = open().filter(|threat| threat.optional).count();
    let required = open().count() - beyond;
    let total = threats.iter().filter(|threat| !threat.optional).count();
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    let first = format!("{required} of {total} threats {} open", are(required));
    let takes = "only keys, pushed requests or bound tokens close";
    match (required, beyond) {
        (0, 0) => None,
        (_, 0) => Some(first),
        (0, beyond) => Some(format!("{beyond} {} open that {takes}", are(beyond))),
        (_, beyond) => Some(format!("{first}, and {beyond} more that {takes}")),
    }
}

/// The part about the clients: what is wrong, or that nothing is.
fn of_clients(clients: &[ClientAudit]) -> Vec<String> {
    let total = clients.len();
    let with = |wanted| clients.iter().filter(move |client| client.progress == wanted);
    let mut parts = Vec::new();
    let alive: Vec<_> = clients.iter().filter(|client| !client.alive.is_empty()).collect();
    if !alive.is_empty() {
        parts.push(still(&alive, total));
    }
    let blocked: Vec<_> = with(Progress::Blocked).collect();
    if !blocked.is_empty() {
        let names = with_reasons(&blocked);
        parts.push(match parts.is_empty() {
            true => format!("{} cannot use code with PKCE: {names}", of(blocked.len(), total)),
            false => format!("{} cannot switch to code with PKCE yet: {names}", blocked.len()),
        });
    }
    let unknown: Vec<_> = with(Progress::Unknown).collect();
    if !unknown.is_empty() {
        let names = with_reasons(&unknown);
        parts.push(match parts.is_empty() {
            true => format!("{} could not be tested: {names}", of(unknown.len(), total)),
            false => format!("{} could not be tested: {names}", unknown.len()),
        });
    }
    if parts.is_empty() {
        let done = with(Progress::Done).count();
        let works = match done {
            0 => "no client signs users in".to_owned(),
            _ if total == 1 => "code with PKCE works for it".to_owned(),
            _ if done == total => "code with PKCE works for each".to_owned(),
            1 => "code with PKCE works for the one that signs users in".to_owned(),
            _ => format!("code with PKCE works for the {done} that sign users in"),
        };
        let whom = of(total, total).to_lowercase();
        parts.push(format!("Implicit and password are off for {whom}, and {works}"));
    }
    parts
}

/// The part about clients that get tokens by a deprecated grant.
fn still(alive: &[&ClientAudit], total: usize) -> String {
    let mut grants: Vec<_> = alive.iter().flat_map(|client| &client.alive).collect();
    grants.sort();
    grants.dedup();
    let by = |grants: &[Grant]| grants.iter().map(|it| it.name()).collect::<Vec<_>>().join(" and ");
    let name = |client: &&ClientAudit| match grants.len() {
        1 => client.name.clone(),
        _ => format!("{} ({})", client.name, by(&client.alive)),
    };
    let names: Vec<_> = alive.iter().map(name).collect();
    let grants: Vec<_> = grants.into_iter().map(|it| it.name()).collect();
    let (clients, grants) = (of(alive.len(), total), grants.join(" or "));
    format!("{clients} can still get tokens by {grants}: {}", names.join(", "))
}

/// The part about new clients that may register for a deprecated grant.
fn registration(topics: &[TopicAudit]) -> Option<String> {
    let open = topics.iter().filter(|topic| topic.registration == Answer::No);
    let grants: Vec<_> = open
        .filter_map(|topic| match topic.topic {
            Topic::Implicit => Some(Grant::Implicit.name()),
            Topic::Password => Some(Grant::Password.name()),
            Topic::Moving => None,
        })
        .collect();
    let is_open = !grants.is_empty();
    is_open.then(|| format!("new clients can still register for {}", grants.join(" and ")))
}

/// A count of clients out of all.
fn of(count: usize, total: usize) -> String {
    match (count, total) {
        (1, 1) => "The only client".to_owned(),
        (2, 2) => "Both clients".to_owned(),
        (count, total) if count == total => format!("All {total} clients"),
        (count, total) => format!("{count} of {total} clients"),
    }
}

/// The clients, grouped by reason.
fn with_reasons(clients: &[&ClientAudit]) -> String {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for client in clients {
        match by_reason.iter_mut().find(|(known, _)| *known == client.why) {
            Some((_, names)) => names.push(&client.name),
            None => by_reason.push((&client.why, vec![&client.name])),
        }
    }
    let one = |(why, names): &(&str, Vec<&str>)| match why.is_empty() {
        true => names.join(", "),
        false => format!("{} ({})", names.join(", "), shortened(why, REASON)),
    };
    by_reason.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ClientType;

    fn client(name: &str, progress: Progress, why: &str, alive: &[Grant]) -> ClientAudit {
        ClientAudit {
            name: name.to_owned(),
            client_type: ClientType::Public,
            implicit: false,
            progress,
            why: why.to_owned(),
            alive: alive.to_vec(),
            answers: Vec::new(),
        }
    }

    fn said(clients: &[ClientAudit]) -> String {
        of_clients(clients).join("; ")
    }

    const NO_URI: &str = "the target file names no redirect URI for it";

    #[test]
    fn counts_are_of_all_clients_and_exceptions_are_named() {
        use Progress::{Blocked, CanSwitch, Done, NotApplicable};
        let mut clients = vec![
            client("web", Done, "", &[]),
            client("portal", Done, "", &[]),
            client("service", NotApplicable, "", &[]),
        ];
        let well = "Implicit and password are off for all 3 clients, and code with PKCE works for the 2 \
                    that sign users in";
        assert_eq!(said(&clients), well);
        clients.push(client("legacy", CanSwitch, "", &[Grant::Implicit]));
        assert_eq!(said(&clients), "1 of 4 clients can still get tokens by implicit: legacy");
        clients.push(client("trusted", Blocked, NO_URI, &[Grant::Password]));
        let both = "2 of 5 clients can still get tokens by implicit or password: legacy (implicit), trusted \
                    (password); 1 cannot switch to code with PKCE yet: trusted (the target file names no \
                    redirect URI for it)";
        assert_eq!(said(&clients), both);
    }

    #[test]
    fn that_all_is_well_is_said_only_where_it_is() {
        use Progress::{Blocked, CanSwitch, Done, NotApplicable, Unknown};
        let all = [Done, CanSwitch, Blocked, Unknown, NotApplicable];
        for one in all {
            for other in all {
                let alive = |it| if it == CanSwitch { vec![Grant::Implicit] } else { Vec::new() };
                let of = |name, it| client(name, it, "", &alive(it));
                let said = said(&[of("one", one), of("other", other)]);
                let is_well = |it| matches!(it, Done | NotApplicable);
                let praises = said.contains("are off") || said.contains("works for");
                assert_eq!(praises, is_well(one) && is_well(other), "{one} {other}: {said}");
            }
        }
    }

    #[test]
    fn one_client_is_no_list() {
        use Progress::{Blocked, Done, Unknown};
        let only = |progress, why: &str| said(&[client("web", progress, why, &[])]);
        let well =
            "Implicit and password are off for the only client, and code with PKCE works for it";
        assert_eq!(only(Done, ""), well);
        assert_eq!(only(Unknown, "silence"), "The only client could not be tested: web (silence)");
        let blocked = "The only client cannot use code with PKCE: web";
        assert_eq!(only(Blocked, ""), blocked);
    }
}
