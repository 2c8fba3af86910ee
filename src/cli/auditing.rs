//! Auditing servers in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::agent_arg::AgentArg;
use super::args::AuditArgs;
use super::command_error::CommandError;
use super::execute::bar;
use super::interrupt::{BRIEFLY, Interrupt};
use super::order::Order;
use super::prepare::{Prepared, Started};
use super::server::{Server, program};
use crate::agent::kill_all;
use crate::audit::{self, Catalogue, ServerAudit};
use crate::report::write_evidence;
use crate::run::{CaseResult, Run};
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

/// Audits all servers, as many at once as allowed.
pub(super) async fn audit_all(
    prepared: Vec<Prepared>,
    catalogue: &Arc<Catalogue>,
    args: &Arc<AuditArgs>,
    err: &mut dyn Write,
) -> Result<Audited, CommandError> {
    let interrupt = Interrupt::listen()?;
    let targets: Vec<Target> = prepared.iter().map(|one| one.target.clone()).collect();
    let mut tasks = set_out(prepared, catalogue, args);
    let bar = bar(targets.len(), "servers");
    let mut done: BTreeMap<usize, ServerAudit> = BTreeMap::new();
    let (mut notes, mut interrupted) = (BTreeSet::new(), false);
    loop {
        let Some(next) = interrupt.or(tasks.join_next()).await else {
            interrupted = true;
            break;
        };
        let Some(finished) = next else { break };
        let (index, audited) = finished.map_err(std::io::Error::other)?;
        let (audited, note) = audited?;
        notes.extend(note);
        done.insert(index, audited);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for note in notes {
        writeln!(err, "{note}")?;
    }
    if interrupted {
        end(tasks).await?;
        let (done, count) = (done.len(), targets.len());
        writeln!(err, "interrupted: {done} of {count} servers were audited")?;
    }
    let missing = |target| audit::untried(target, INTERRUPTED.to_owned());
    let servers = targets.iter().enumerate();
    let servers = servers.map(|(index, it)| done.remove(&index).unwrap_or_else(|| missing(it)));
    Ok(Audited { servers: servers.collect(), interrupted })
}

/// The reason given for a server whose audit was not completed.
const INTERRUPTED: &str = "the audit was interrupted before it was complete";

/// Starts all audits, some of which wait for their turn.
fn set_out(
    prepared: Vec<Prepared>,
    catalogue: &Arc<Catalogue>,
    args: &Arc<AuditArgs>,
) -> JoinSet<(usize, One)> {
    let turns = Arc::new(Semaphore::new(usize::from(args.jobs)));
    let ports = Arc::new(Ports::default());
    let mut tasks = JoinSet::new();
    for (index, one) in prepared.into_iter().enumerate() {
        let (turns, ports) = (Arc::clone(&turns), Arc::clone(&ports));
        let (catalogue, args) = (Arc::clone(catalogue), Arc::clone(args));
        tasks.spawn(async move {
            let _ports = ports.of(&one, args.agent).await;
            let _turn = turns.acquire().await;
            (index, Box::pin(server(one, &catalogue, &args)).await)
        });
    }
    tasks
}

/// Stops all running audits, with the servers and browsers that they started.
async fn end(mut tasks: JoinSet<(usize, One)>) -> Result<(), CommandError> {
    let _ = timeout(BRIEFLY, tasks.shutdown()).await;
    tokio::task::spawn_blocking(kill_all).await.map_err(std::io::Error::other)?;
    Ok(())
}

/// Audits one server, and starts it first if requested.
async fn server(prepared: Prepared, catalogue: &Catalogue, args: &AuditArgs) -> One {
    let target = prepared.target.clone();
    let started = match prepared.file.as_ref().filter(|_| args.start) {
        Some(file) => Server::start(&program(file, &target.start)?, &target.start).await.map(Some),
        None => Ok(None),
    };
    let started = match started {
        Ok(started) => started,
        Err(CommandError::Target(why)) => return Ok((audit::untried(&target, why), None)),
        Err(wrong) => return Err(wrong),
    };
    let audited = ask(prepared, catalogue, args).await;
    if let Some(mut server) = started {
        server.end().await;
    }
    audited
}

/// Audits a running server.
async fn ask(mut prepared: Prepared, catalogue: &Catalogue, args: &AuditArgs) -> One {
    prepared.tries_all = true;
    let Started { run, note, embedded: _embedded } = prepared.start().await?;
    let endpoints = match &run.endpoints {
        Ok(endpoints) => endpoints,
        Err(why) => return Ok((audit::untried(&run.target, why.clone()), note)),
    };
    let results = try_all(&run).await?;
    run.agent().stop().await;
    for result in &results {
        write_evidence(&args.evidence, &run.target.name, &run.id, result)?;
    }
    Ok((audit::read(catalogue, &run.target, endpoints, &results), note))
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
    async fn of(&self, one: &Prepared, agent: Option<AgentArg>) -> Vec<OwnedMutexGuard<()>> {
        if agent == Some(AgentArg::Forms) {
            return Vec::new();
        }
        let clients = one.target.clients.iter();
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
