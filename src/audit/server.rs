//! The findings about one server.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Basis, Given};
use super::catalogue::{Catalogue, Question};
use super::client::{AskedOf, ClientAudit, client, given};
use super::file::About;
use super::headline::{headline, untested};
use super::plan::plan;
use super::plan_step::PlanStep;
use super::planned::Planned;
use super::threat::{ThreatAudit, ThreatStatus, threat};
use super::topic::{TOPICS, TopicAudit, topic};
use crate::run::{CaseResult, Endpoints};
use crate::target::Target;
use crate::wire::without_credentials;

/// The findings about one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerAudit {
    /// Its name in the target file.
    pub name: String,
    /// Its version, if given in the target file.
    pub version: Option<String>,
    /// Its issuer identifier.
    pub issuer: String,
    /// Why nothing could be tested, if so.
    pub untried: Option<String>,
    /// The answer in one sentence.
    pub headline: String,
    /// What behavior, metadata and registration show about each grant, and about moving away from it.
    pub topics: Vec<TopicAudit>,
    /// The answers about each client.
    pub clients: Vec<ClientAudit>,
    /// The answers about the server.
    pub server: Vec<Given>,
    /// The threats.
    pub threats: Vec<ThreatAudit>,
    /// The plan, in order.
    pub plan: Vec<PlanStep>,
}

/// Reads the findings about a server from the results of an audit's cases.
pub fn read(
    catalogue: &Catalogue,
    target: &Target,
    endpoints: &Endpoints,
    results: &[Arc<CaseResult>],
) -> ServerAudit {
    let results: Vec<_> = results.iter().map(|result| &**result).collect();
    let (of_clients, of_server): (Vec<&Question>, Vec<&Question>) =
        catalogue.questions.iter().partition(|question| question.0.about == About::Client);
    // A client without grants stands for an unknown client, and is not a client of the server.
    let known = target.clients.iter().filter(|client| !client.grants.is_empty());
    let mut found = empty(target);
    for each in known {
        found.clients.push(client(each, &of_clients, &results));
    }
    let is_blind = found.clients.is_empty();
    let registers = endpoints.registration.is_some();
    let answered = |question: &&Question| {
        // If the server has no registration, nothing was left out.
        let is_blind = match question.0.registration {
            Some(_) => registers,
            None => is_blind,
        };
        given(question, &results, AskedOf { is_blind, ..AskedOf::default() })
    };
    found.server = of_server.iter().map(answered).collect();
    let told = |it: &_| topic(*it, catalogue, &found.clients, &found.server);
    found.topics = TOPICS.iter().map(told).collect();
    found.threats = catalogue.threats.iter().map(|it| threat(it, &results, is_blind)).collect();
    if is_blind {
        leave_open(&mut found);
    }
    let ServerAudit { clients, server, threats, .. } = &found;
    let results = &results;
    let planned = Planned { catalogue, target, endpoints, results, clients, server, threats };
    found.plan = plan(&planned);
    found.headline = headline(&found.clients, &found.topics, &found.threats);
    found
}

/// Gives a missing client as the reason for unknown answers that require one.
fn leave_open(found: &mut ServerAudit) {
    let nobody = || vec![Basis::of_no_case("there is no client to test it with")];
    let unknown = found.threats.iter_mut().filter(|it| it.status == ThreatStatus::Unknown);
    unknown.for_each(|threat| threat.evidence = nobody());
    let unplanned = found.server.iter_mut().filter(|it| it.answer == Answer::Unknown);
    unplanned.for_each(|given| given.evidence = nobody());
}

/// A server that could not be tested, and why.
pub fn untried(target: &Target, why: String) -> ServerAudit {
    let headline = untested(&why);
    ServerAudit { untried: Some(why), headline, ..empty(target) }
}

fn empty(target: &Target) -> ServerAudit {
    ServerAudit {
        name: target.name.clone(),
        version: target.version.clone(),
        issuer: without_credentials(&target.issuer.text),
        untried: None,
        headline: String::new(),
        topics: Vec::new(),
        clients: Vec::new(),
        server: Vec::new(),
        threats: Vec::new(),
        plan: Vec::new(),
    }
}

/// The exit code: 1 if the implicit or password grant is on, a client cannot move or a threat is open;
/// 3 if something is unknown and nothing is worse; else 0.
pub fn exit_code(servers: &[ServerAudit]) -> u8 {
    let of_topics = servers.iter().flat_map(|server| &server.topics).map(TopicAudit::answer);
    let untried = servers.iter().filter(|server| server.untried.is_some());
    // A threat that no case can test yet does not hold a release back; an open one does, unless closing it
    // goes beyond what is required.
    let threats = servers.iter().flat_map(|server| &server.threats);
    let open = threats.filter(|it| it.status == ThreatStatus::Open && !it.optional);
    let open = open.map(|_| Answer::No);
    let unknown = untried.map(|_| Answer::Unknown);
    match Answer::all(of_topics.chain(open).chain(unknown)) {
        Answer::No => 1,
        Answer::Unknown => 3,
        Answer::Yes | Answer::NotApplicable => 0,
    }
}
