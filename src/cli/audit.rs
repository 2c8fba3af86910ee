//! `authspec audit`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use askama::Template;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use url::Url;

use super::args::{AgentArg, AuditArgs, AuditFormat, RunArgs};
use super::audit_targets::subjects;
use super::prepare::{Prepared, Started, Subject, Wrong, suites};
use super::report::{way, write_report};
use super::server::{Server, program};
use crate::audit::{self, Catalogue, ServerAudit};
use crate::oauth::pkce::ChallengeMethod;
use crate::report::{
    AuditHtml, AuditMarkdown, AuditReport, AuditText, audit_sarif, write_evidence,
};
use crate::run::{CaseResult, Plan, Run};
use crate::suite::{Feature, Suites};

/// How many cases of one server are tried at once.
const CASES_AT_ONCE: usize = 4;

/// Audits servers, and says what was found.
pub(super) async fn audit(
    args: &AuditArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, Wrong> {
    let suites = suites(None)?;
    let catalogue = match &args.questions {
        Some(folder) => audit::load(folder, &suites),
        None => audit::embedded(&suites),
    };
    let catalogue = catalogue.map_err(|mistakes| Wrong::Usage(mistakes.to_string()))?;
    let earlier = args.since.as_deref().map(earlier).transpose()?;
    let run = run_args(args);
    let subjects = subjects(args, &run, &suites)?;
    let prepared: Vec<_> =
        subjects.into_iter().map(|it| prepared(it, &catalogue, &suites, &run)).collect();
    let (catalogue, args) = (Arc::new(catalogue), Arc::new(args.clone()));
    let servers = all(prepared, &catalogue, &args, err).await?;
    let code = audit::exit_code(&servers);
    let report = AuditReport::new(servers, earlier.as_ref());
    let text = rendered(&report, &catalogue, &args)?;
    match &args.output {
        Some(path) => {
            write_report(path, &text)?;
            for server in &report.servers {
                writeln!(out, "{}: {}", server.name, server.headline())?;
            }
        }
        None => write!(out, "{text}")?,
    }
    Ok(ExitCode::from(code))
}

fn rendered(
    report: &AuditReport,
    catalogue: &Catalogue,
    args: &AuditArgs,
) -> Result<String, Wrong> {
    let evidence = args.evidence.as_path();
    Ok(match args.format {
        AuditFormat::Text => AuditText { report, catalogue, evidence }.to_string(),
        AuditFormat::Markdown => AuditMarkdown { report, catalogue, evidence }.to_string(),
        AuditFormat::Html => {
            let link = &way(args.output.as_deref(), evidence)?;
            let page = AuditHtml { report, catalogue, evidence, link };
            page.render().map_err(std::io::Error::other)?
        }
        AuditFormat::Sarif => audit_sarif(report, catalogue).map_err(Wrong::Usage)?,
        AuditFormat::Json => {
            serde_json::to_string_pretty(report).map_err(std::io::Error::other)? + "\n"
        }
    })
}

fn earlier(path: &Path) -> Result<AuditReport, Wrong> {
    let wrong = |why: String| {
        let right = "name what `authspec audit --format json --output FILE` wrote";
        Wrong::Usage(format!("cannot read {} as an audit: {why}; {right}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

fn run_args(args: &AuditArgs) -> RunArgs {
    let AuditArgs { agent, defects, allows, register, .. } = args.clone();
    RunArgs { agent, defects, allows, register, ..RunArgs::default() }
}

/// A server, and the cases that it is to be asked. What is known of it is found all the same.
fn prepared(
    mut subject: Subject,
    catalogue: &Catalogue,
    suites: &Suites,
    run: &RunArgs,
) -> Prepared {
    subject.target.known.clear();
    // What the file says that clients may not use is tried, too.
    subject.target.lacks.retain(|feature| *feature != Feature::Plain);
    // However a client makes its challenges today, what is asked is whether S256 works for it.
    for client in &mut subject.target.clients {
        (client.challenge_method, client.verifier) = (ChallengeMethod::S256, None);
    }
    let mut plans = audit::plans(catalogue, suites, &subject.target);
    if !run.register {
        plans.iter_mut().for_each(Plan::leave_out_if_registering);
    }
    subject.with(plans, "all", run.clone())
}

/// Audits all of them, so many at once as may be, in the order in which they were named.
async fn all(
    prepared: Vec<Prepared>,
    catalogue: &Arc<Catalogue>,
    args: &Arc<AuditArgs>,
    err: &mut dyn Write,
) -> Result<Vec<ServerAudit>, Wrong> {
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
    let mut done = Vec::new();
    let mut notes = BTreeSet::new();
    while let Some(finished) = tasks.join_next().await {
        let (index, audited) = finished.map_err(std::io::Error::other)?;
        let (audited, note) = audited?;
        notes.extend(note);
        done.push((index, audited));
    }
    for note in notes {
        writeln!(err, "{note}")?;
    }
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, audited)| audited).collect())
}

/// Audits one server, which is started first where that is asked for.
async fn server(
    prepared: Prepared,
    catalogue: &Catalogue,
    args: &AuditArgs,
) -> Result<(ServerAudit, Option<String>), Wrong> {
    let target = prepared.target.clone();
    let started = match prepared.file.as_ref().filter(|_| args.start) {
        Some(file) => Server::start(&program(file, &target.start)?, &target.start).await.map(Some),
        None => Ok(None),
    };
    let started = match started {
        Ok(started) => started,
        Err(Wrong::Target(why)) => return Ok((audit::untried(&target, why), None)),
        Err(wrong) => return Err(wrong),
    };
    let audited = ask(prepared, catalogue, args).await;
    if let Some(mut server) = started {
        server.end().await;
    }
    audited
}

/// Asks a server that is there.
async fn ask(
    prepared: Prepared,
    catalogue: &Catalogue,
    args: &AuditArgs,
) -> Result<(ServerAudit, Option<String>), Wrong> {
    let Started { run, note, _embedded } = prepared.start().await?;
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

/// Tries all cases, then the invariants.
async fn try_all(run: &Arc<Run>) -> Result<Vec<Arc<CaseResult>>, Wrong> {
    let turns = Arc::new(Semaphore::new(CASES_AT_ONCE));
    let mut tasks = JoinSet::new();
    for index in run.cases() {
        let (run, turns) = (Arc::clone(run), Arc::clone(&turns));
        tasks.spawn(async move {
            let _turn = turns.acquire().await;
            run.result(index).await;
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

/// The ports that browsers of several audits are sent to: one listener at a time can have each.
#[derive(Default)]
struct Ports(Mutex<std::collections::BTreeMap<u16, Arc<Mutex<()>>>>);

impl Ports {
    /// Waits until nobody else listens on the ports of this server's clients.
    async fn of(
        &self,
        one: &Prepared,
        agent: Option<AgentArg>,
    ) -> Vec<tokio::sync::OwnedMutexGuard<()>> {
        if agent == Some(AgentArg::Forms) {
            return Vec::new();
        }
        let uris = one.target.clients.iter().flat_map(|client| &client.redirect_uris);
        let urls = uris.filter_map(|uri| Url::parse(uri).ok());
        // In the same order for all, so that no two wait for each other.
        let ports: BTreeSet<_> = urls
            .filter(|url| url.scheme() == "http")
            .filter_map(|url| url.port_or_known_default())
            .collect();
        let mut held = Vec::new();
        for port in ports {
            let door = Arc::clone(self.0.lock().await.entry(port).or_default());
            held.push(door.lock_owned().await);
        }
        held
    }
}
