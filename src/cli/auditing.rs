//! Auditing servers in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::agent_arg::AgentArg;
use super::args::{AuditArgs, RunArgs};
use super::command_error::CommandError;
use super::execute::bar;
use super::interrupt::{BRIEFLY, Interrupt};
use super::order::Order;
use super::prepare::{Prepared, Started, Subject};
use super::server::{Server, program};
use crate::agent::kill_all;
use crate::audit::{self, Catalogue, ServerAudit, Texts};
use crate::oauth::pkce::ChallengeMethod;
use crate::report::write_evidence;
use crate::run::{CaseResult, Plan, Run};
use crate::suite::{Feature, Suites};
use crate::target::Target;

/// How many cases run at once against one server.
const CASES_AT_ONCE: usize = 4;

/// The outcomes for all servers, in the order in which they were named.
pub(super) struct Audited {
    pub(super) servers: Vec<ServerAudit>,
    /// Whether the user interrupted the audit.
    pub(super) interrupted: bool,
}

/// The outcome for one server, and a note for the user.
type One = Result<(ServerAudit, Option<String>), CommandError>;

/// What all servers are audited with.
pub(super) struct Audit {
    pub(super) suites: Arc<Suites>,
    pub(super) catalogue: Catalogue,
    pub(super) args: AuditArgs,
    /// How the cases are run.
    pub(super) run: RunArgs,
}

/// Audits all servers, as many at once as allowed.
pub(super) async fn audit_all(
    subjects: Vec<Subject>,
    audit: &Arc<Audit>,
    err: &mut dyn Write,
) -> Result<Audited, CommandError> {
    let interrupt = Interrupt::listen()?;
    let untried = |one: &Subject| audit::untried(&one.target, INTERRUPTED.to_owned());
    let mut servers: Vec<ServerAudit> = subjects.iter().map(untried).collect();
    let mut tasks = set_out(subjects, audit);
    let bar = bar(servers.len(), "servers");
    let (mut texts, mut notes) = (Texts::default(), BTreeSet::new());
    let (mut done, mut interrupted) = (0, false);
    loop {
        let Some(next) = interrupt.or(tasks.join_next()).await else {
            interrupted = true;
            break;
        };
        let Some(finished) = next else { break };
        let (index, audited) = finished.map_err(std::io::Error::other)?;
        let (mut audited, note) = audited?;
        texts.share(&mut audited);
        notes.extend(note);
        servers[index] = audited;
        done += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    for note in notes {
        writeln!(err, "{note}")?;
    }
    if interrupted {
        end(tasks).await?;
        let count = servers.len();
        writeln!(err, "interrupted: {done} of {count} servers were audited")?;
    }
    Ok(Audited { servers, interrupted })
}

/// The reason given for a server whose audit was not completed.
const INTERRUPTED: &str = "the audit was interrupted before it was complete";

/// Starts all audits, some of which wait for their turn.
fn set_out(subjects: Vec<Subject>, audit: &Arc<Audit>) -> JoinSet<(usize, One)> {
    let turns = Arc::new(Semaphore::new(usize::from(audit.args.jobs)));
    let ports = Arc::new(Ports::default());
    let mut tasks = JoinSet::new();
    for (index, one) in subjects.into_iter().enumerate() {
        let (turns, ports, audit) = (Arc::clone(&turns), Arc::clone(&ports), Arc::clone(audit));
        tasks.spawn(async move {
            let _ports = ports.of(&one.target, audit.args.agent).await;
            let _turn = turns.acquire().await;
            (index, Box::pin(server(one, &audit)).await)
        });
    }
    tasks
}

impl Audit {
    /// A server and the cases to run against it, which are many: they are selected when the server's turn comes.
    /// What is already known of it is still found.
    fn prepared(&self, mut subject: Subject) -> Prepared {
        subject.target.known.clear();
        // Grants that clients may not use according to the file are tried too.
        subject.target.lacks.retain(|feature| *feature != Feature::Plain);
        // Whatever challenge method a client uses today, the question is whether S256 works for it.
        for client in &mut subject.target.clients {
            (client.challenge_method, client.verifier) = (ChallengeMethod::S256, None);
        }
        let mut plans = audit::plans(&self.catalogue, &self.suites, &subject.target);
        if !self.run.register {
            plans.iter_mut().for_each(Plan::leave_out_if_registering);
        }
        subject.with(plans, "all", self.run.clone())
    }
}

/// Stops all running audits, with the servers and browsers that they started.
async fn end(mut tasks: JoinSet<(usize, One)>) -> Result<(), CommandError> {
    let _ = timeout(BRIEFLY, tasks.shutdown()).await;
    tokio::task::spawn_blocking(kill_all).await.map_err(std::io::Error::other)?;
    Ok(())
}

/// Audits one server, and starts it first if requested.
async fn server(subject: Subject, audit: &Audit) -> One {
    let target = subject.target.clone();
    let started = match subject.file.as_ref().filter(|_| audit.args.start) {
        Some(file) => Server::start(&program(file, &target.start)?, &target.start).await.map(Some),
        None => Ok(None),
    };
    let started = match started {
        Ok(started) => started,
        Err(CommandError::Target(why)) => return Ok((audit::untried(&target, why), None)),
        Err(wrong) => return Err(wrong),
    };
    let audited = ask(audit.prepared(subject), audit).await;
    if let Some(mut server) = started {
        server.end().await;
    }
    audited
}

/// Audits a running server.
async fn ask(mut prepared: Prepared, audit: &Audit) -> One {
    prepared.tries_all = true;
    let Started { run, note, embedded: _embedded } = prepared.start().await?;
    let endpoints = match &run.endpoints {
        Ok(endpoints) => endpoints,
        Err(why) => return Ok((audit::untried(&run.target, why.clone()), note)),
    };
    let results = try_all(&run).await?;
    run.agent().stop().await;
    for result in &results {
        write_evidence(&audit.args.evidence, &run.target.name, &run.id, result)?;
    }
    Ok((audit::read(&audit.catalogue, &run.target, endpoints, &results), note))
}

/// Runs all cases, then checks the invariants.
async fn try_all(run: &Arc<Run>) -> Result<Vec<Arc<CaseResult>>, CommandError> {
    let order = Arc::new(Order::of(&run.plans, run.cases().collect()));
    let mut tasks = JoinSet::new();
    for _ in 0..CASES_AT_ONCE {
        let (run, order) = (Arc::clone(run), Arc::clone(&order));
        tasks.spawn(async move {
            while let Some(running) = order.begin().await {
                run.result(running.index).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(std::io::Error::other)?;
    }
    let mut results = Vec::new();
    for index in 0..run.plans.len() {
        results.push(run.result(index).await);
    }
    Ok(results)
}

/// The ports that the browsers of several audits are redirected to; each port takes one listener at a time.
#[derive(Default)]
struct Ports(Mutex<BTreeMap<u16, Arc<Mutex<()>>>>);

impl Ports {
    /// Waits until no other audit listens on the ports of this server's clients.
    async fn of(&self, target: &Target, agent: Option<AgentArg>) -> Vec<OwnedMutexGuard<()>> {
        if agent == Some(AgentArg::Forms) {
            return Vec::new();
        }
        let clients = target.clients.iter();
        let uris =
            clients.flat_map(|it| it.redirect_uris.iter().chain(&it.post_logout_redirect_uris));
        let urls = uris.filter_map(|uri| Url::parse(uri).ok());
        // All audits take ports in the same order, to avoid deadlocks.
        let ports: BTreeSet<_> = urls
            .filter(|url| url.scheme() == "http")
            .filter_map(|url| url.port_or_known_default())
            .collect();
        let mut held = Vec::new();
        for port in ports {
            let lock = Arc::clone(self.0.lock().await.entry(port).or_default());
            held.push(lock.lock_owned().await);
        }
        held
    }
}
