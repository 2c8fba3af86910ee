//! Prepares a run from its arguments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::honest::{Allowance, Config, Defect, Honest, Reserved};
use toml::Spanned;
use url::Url;

use super::agent_arg::AgentArg;
use super::args::RunArgs;
use super::command_error::CommandError;
use super::earlier::Earlier;
use super::network::{network, network_of};
use super::operands::{self, Asked};
use crate::agent::{
    Agent, AgentKind, AgentResources, AgentState, BrowserOptions, Origins, available,
};
use crate::filter::Catalogue;
use crate::run::{Endpoints, Plan, Run, discover, select};
use crate::source::{DurationText, Source};
use crate::suite::{self, Module, Ruleset, Suites};
use crate::target::{self, Client, Lifetimes, Ports, Target, Text};
use crate::wire::{Http, HttpOptions, Network, OwnAuthority, Proxies};

/// The lifetime of codes and access tokens of the built-in server when cases wait for expiry.
const SHORT_LIFE: Duration = Duration::from_secs(3);

/// Everything known before the first request is sent.
pub struct Prepared {
    /// The target.
    pub target: Target,
    /// The ruleset's name.
    pub ruleset: String,
    /// The target file, unless the target is the built-in server.
    pub file: Option<PathBuf>,
    /// The modules of the ruleset's certification plans; none if filters select some cases.
    pub(super) modules: Vec<Module>,
    /// The ids of the cases of a complete run.
    pub(super) order: Vec<String>,
    /// A note on which cases are rerun, and from which results.
    pub(super) again: Option<String>,
    /// All plans: first the selected ones, then those that an invariant may need as a witness.
    plans: Vec<Plan>,
    /// How many plans are selected.
    count: usize,
    /// The built-in server, if it is the target.
    honest: Option<Embedded>,
    /// How the server is reached.
    network: Network,
    /// Whether to start a browser only for pages that plain HTTP cannot handle.
    pub(super) spares_browser: bool,
    /// Whether this run includes all plans.
    pub tries_all: bool,
    /// What another process has found out about the target.
    pub(super) memory: Option<AgentState>,
    args: RunArgs,
}

/// The built-in server, not yet started.
struct Embedded {
    port: Reserved,
    /// The ports of its clients, for redirects and for what it tells them, which stay reserved.
    own: [Reserved; 2],
    /// The authority of the listener for documents.
    authority: String,
    /// Whether codes and tokens should expire soon, as cases wait for that.
    slow: bool,
}

/// A run that is ready, and the values that it keeps alive.
pub struct Started {
    /// The run.
    pub run: Arc<Run>,
    /// A note for the user about the setup of the run.
    pub note: Option<String>,
    /// The built-in server and its clients' ports, which are released when dropped.
    pub(super) embedded: Option<(Honest, [Reserved; 2])>,
}

/// Reads suites and target, and selects the cases; sends nothing.
///
/// # Errors
/// What is wrong with the arguments or the files.
pub fn prepare(args: &RunArgs) -> Result<Prepared, CommandError> {
    prepare_on(args, None)
}

/// The same, for a target file with placeholders for these ports.
pub(super) fn prepare_on(args: &RunArgs, ports: Option<Ports>) -> Result<Prepared, CommandError> {
    let suites = suites(args.suites.as_deref())?;
    operands::check(&args.words)?;
    let (files, filters) = operands::split(&args.words);
    let mut subject = subject(the_one(&files)?, args, &suites, ports)?;
    let target = &mut subject.target;
    let in_file = target.ruleset.as_ref().map(|name| name.get_ref().clone());
    let name = args.ruleset.clone().or(in_file);
    let name = name.unwrap_or_else(|| "bcp".to_owned());
    let ruleset = ruleset(&suites, &name)?.clone();
    target.go_by(&name);
    if let Some(mode) = ruleset.response {
        target.respond_by(mode);
    }
    if !ruleset.plans.is_empty() {
        target.may_lack(suites.invariants().map(|invariant| invariant.id.as_str()));
    }
    let mut all = select(&suites, target, &ruleset);
    if !args.slow {
        all.iter_mut().for_each(Plan::leave_out_if_slow);
    }
    if !args.register {
        all.iter_mut().for_each(Plan::leave_out_if_registering);
    }
    let earlier = || Earlier::of(args, &target.name);
    let verdicts = Box::new(|| earlier().map(|it| it.verdicts()));
    let asked = Asked { words: &filters, expressions: &args.filters };
    let mut chosen =
        operands::choose(all, &asked, &Catalogue::new(&suites, target, verdicts), &name)?;
    let mut again = None;
    if args.rerun_failed.is_some() {
        (chosen, again) = earlier().map_err(CommandError::Usage)?.failed(chosen)?;
    }
    let order = chosen.0.iter().map(|plan| plan.id.clone()).collect();
    let (plans, rest) = operands::part(chosen, args.partition);
    let mut prepared = subject.with(plans, &name, args.clone());
    prepared.plans.extend(rest);
    // Of some cases, nothing can be said about modules.
    let modules = if operands::are_filtered(args) { Vec::new() } else { ruleset.modules };
    Ok(Prepared { order, again, modules, ..prepared })
}

/// The server under test.
pub(super) struct Subject {
    pub(super) file: Option<PathBuf>,
    pub(super) target: Target,
    honest: Option<Embedded>,
    network: Network,
}

/// Reads the target file, or makes the built-in server the target; sends nothing.
pub(super) fn subject(
    file: Option<PathBuf>,
    args: &RunArgs,
    suites: &Suites,
    ports: Option<Ports>,
) -> Result<Subject, CommandError> {
    let (target, honest) = match &file {
        Some(file) if args.defects.is_empty() && args.allows.is_empty() => {
            let target = target::load_on(file, ports);
            (target.map_err(|mistakes| CommandError::Usage(mistakes.to_string()))?, None)
        }
        Some(file) => {
            let why = "--defect and --allow are for the built-in server, which is not the target";
            return Err(CommandError::Usage(format!("{why}: leave out {}", file.display())));
        }
        None => embedded(&args.allows, args.slow)?,
    };
    let rulesets: Vec<_> = suites.rulesets.keys().map(String::as_str).collect();
    // The user's own suites need not have the cases of the built-in ones.
    let cases = args.suites.is_none().then(|| suites.ids());
    target
        .fits(&rulesets, cases.as_ref())
        .map_err(|mistakes| CommandError::Usage(mistakes.to_string()))?;
    let network =
        network_of(&target, file.as_deref(), args.ca.as_deref()).map_err(CommandError::Usage)?;
    Ok(Subject { file, target, honest, network })
}

impl Subject {
    /// The server with an issuer identifier, without a known client.
    pub(super) fn of_issuer(issuer: &str, ca: Option<&Path>) -> Result<Self, CommandError> {
        let target = Target::of_issuer(issuer).map_err(CommandError::Usage)?;
        Ok(Self {
            file: None,
            target,
            honest: None,
            network: network(ca).map_err(CommandError::Usage)?,
        })
    }

    /// A run of these plans only.
    pub(super) fn with(self, plans: Vec<Plan>, ruleset: &str, args: RunArgs) -> Prepared {
        let Self { file, target, honest, network } = self;
        let (count, ruleset) = (plans.len(), ruleset.to_owned());
        let (spares_browser, tries_all, memory) = (false, false, None);
        let order = plans.iter().map(|plan| plan.id.clone()).collect();
        Prepared {
            target,
            ruleset,
            file,
            modules: Vec::new(),
            order,
            again: None,
            plans,
            count,
            honest,
            network,
            spares_browser,
            tries_all,
            memory,
            args,
        }
    }
}

/// The suites in the folder, or the built-in ones.
pub(super) fn suites(folder: Option<&Path>) -> Result<Arc<Suites>, CommandError> {
    let suites = folder.map_or_else(suite::embedded, suite::load);
    suites.map_err(|mistakes| CommandError::Usage(mistakes.to_string()))
}

/// The target file, if there is one. More than one is an error.
fn the_one(files: &[String]) -> Result<Option<PathBuf>, CommandError> {
    match files {
        [] => Ok(None),
        [file] => Ok(Some(PathBuf::from(file))),
        [_, second, ..] => Err(CommandError::Usage(format!(
            "only one target is possible here: leave out {second}"
        ))),
    }
}

pub(super) fn ruleset<'a>(suites: &'a Suites, name: &str) -> Result<&'a Ruleset, CommandError> {
    suites.rulesets.get(name).ok_or_else(|| {
        let known: Vec<_> = suites.rulesets.keys().map(String::as_str).collect();
        CommandError::Usage(format!("unknown ruleset `{name}`; known are {}", known.join(", ")))
    })
}

/// The built-in server as a target that is only described, on the ports of `authspec honest`.
pub(super) fn embedded_target(allows: &[Allowance]) -> Result<Target, CommandError> {
    embedded_on(9400, &Config { allows: allows.to_owned(), ..embedded_config(8765, 8770) }, "")
}

/// The built-in server with these ports for its clients.
fn embedded_config(callback_port: u16, listener_port: u16) -> Config {
    Config { callback_port, listener_port: Some(listener_port), ..Config::default() }
}

fn embedded_on(port: u16, config: &Config, authority: &str) -> Result<Target, CommandError> {
    let text = ::honest::target_file_of(port, config);
    let mut target = target::parse(&Source::new("the embedded server", text), None)
        .map_err(|mistakes| CommandError::Usage(mistakes.to_string()))?;
    target.listener_ca =
        Some(Spanned::new(0..0, Text { text: authority.to_owned(), hidden: true }));
    Ok(target)
}

/// The built-in server as a target, on free ports.
fn embedded(allows: &[Allowance], slow: bool) -> Result<(Target, Option<Embedded>), CommandError> {
    let port = Reserved::new(0)?;
    let own = [Reserved::new(0)?, Reserved::new(0)?];
    let [callback, listener] = &own;
    let config = embedded_config(callback.port(), listener.port());
    let config = Config { allows: allows.to_owned(), ..config };
    let authority = OwnAuthority::make().map_err(CommandError::Usage)?;
    let mut target = embedded_on(port.port(), &config, &authority)?;
    if slow {
        let life = Some(DurationText(SHORT_LIFE));
        target.lifetime = Lifetimes { code: life, access_token: life };
    }
    Ok((target, Some(Embedded { port, own, authority, slow })))
}

impl Started {
    /// The defects that any answer of the built-in server depended on so far.
    pub fn asked(&self) -> BTreeSet<Defect> {
        self.embedded.as_ref().map(|(honest, _)| honest.asked()).unwrap_or_default()
    }
}

impl Prepared {
    /// The selected plans.
    pub fn plans(&self) -> &[Plan] {
        &self.plans[..self.count]
    }

    /// Whether the target is the built-in server.
    pub(super) fn is_embedded(&self) -> bool {
        self.honest.is_some()
    }

    /// Starts the built-in server if it is the target, finds the endpoints, and creates the run.
    ///
    /// # Errors
    /// If the built-in server or the requested browser cannot be started.
    pub async fn start(self) -> Result<Started, CommandError> {
        let options = BrowserOptions {
            webdriver: self.args.webdriver.clone(),
            headed: self.args.headed,
            ..BrowserOptions::default()
        };
        let (kind, note) = agent_kind(self.args.agent, &options)?;
        passes(&self.network.proxies, &self.target.issuer.url, kind)?;
        let (defects, allows) = (self.args.defects, self.args.allows);
        let embedded = self.honest.map(|Embedded { port, own, authority, slow }| {
            let config = embedded_config(own[0].port(), own[1].port());
            let authorities = Some(authority);
            let mut config = Config { defects, allows, authorities, ..config };
            if slow {
                (config.code_life, config.access_token_life) = (SHORT_LIFE, SHORT_LIFE);
            }
            Honest::start_on(port, config).map(|honest| (honest, own))
        });
        let embedded = embedded.transpose()?;
        let (DurationText(timeout), DurationText(max_wait)) =
            (self.args.timeout, self.args.max_wait);
        let http_options = HttpOptions { timeout, rate: self.args.max_rps, max_wait };
        let http = Arc::new(Http::over(http_options, self.network));
        let endpoints = endpoints(&self.target, &http).await;
        introduce(&endpoints, &self.target.issuer.url, kind, &http).await;
        let origins = origins(&endpoints, &self.target);
        let clients = self.target.clients.iter();
        let redirect_uris = clients.flat_map(Client::browser_uris).cloned();
        let mut agent = Agent::new(AgentResources {
            kind,
            http: Arc::clone(&http),
            script: self.target.login.clone(),
            origins,
            browser: options,
            browsers: usize::from(self.args.browsers),
            redirect_uris: redirect_uris.collect(),
        });
        if self.spares_browser {
            agent = agent.sparing_the_browser();
        }
        let agent = self.memory.into_iter().fold(agent, Agent::remembering);
        let mut run = Run::new(self.target, self.plans, endpoints, http, agent);
        run.is_part = self.args.partition.is_some();
        run.all_of = if self.tries_all { self.count } else { 0 };
        Ok(Started { run: Arc::new(run), note, embedded })
    }
}

/// Finds the endpoints. Header fields of the target file are sent to their origins only.
async fn endpoints(target: &Target, http: &Http) -> Result<Endpoints, String> {
    let headers = &http.network().headers;
    headers.send_to(target.issuer.url.as_str());
    target.endpoints.all().for_each(|link| headers.send_to(link.url.as_str()));
    let endpoints = discover(target, http).await;
    endpoints.iter().flat_map(Endpoints::all).for_each(|url| headers.send_to(url));
    endpoints
}

/// The server's own origins.
fn origins(endpoints: &Result<Endpoints, String>, target: &Target) -> Origins {
    let issuer = &target.issuer.url;
    let found = match endpoints {
        Ok(endpoints) => endpoints.origins(issuer),
        Err(_) => Origins::of([issuer.as_str()]),
    };
    found.and(&target.origins)
}

/// Checks the server's certificate for the origins that a browser will visit, unless that is done.
async fn introduce(
    endpoints: &Result<Endpoints, String>,
    issuer: &Url,
    kind: AgentKind,
    http: &Http,
) {
    if let Ok(Endpoints { authorization, .. }) = endpoints
        && kind != AgentKind::Forms
        && !Origins::of([issuer.as_str()]).contains(authorization)
    {
        http.introduce(authorization).await;
    }
}

/// Refuses a browser if the proxy in front of the server requires a password.
fn passes(proxies: &Proxies, issuer: &Url, kind: AgentKind) -> Result<(), CommandError> {
    match proxies.with_password().filter(|_| proxies.told(issuer).is_some()) {
        Some(proxy) if kind != AgentKind::Forms => {
            let why =
                format!("{proxy} requires a name and a password, which browsers do not accept");
            let right = "use a proxy without a password, or no browser: `--agent forms`";
            Err(CommandError::Usage(format!("{why}; {right}")))
        }
        _ => Ok(()),
    }
}

/// The requested agent; by default both browser and plain HTTP, or plain HTTP without a browser.
fn agent_kind(
    wanted: Option<AgentArg>,
    options: &BrowserOptions,
) -> Result<(AgentKind, Option<String>), CommandError> {
    let kind = wanted.map_or(AgentKind::Hybrid, AgentKind::from);
    if kind == AgentKind::Forms {
        return Ok((kind, None));
    }
    match (available(options), wanted) {
        (Ok(()), _) => Ok((kind, None)),
        (Err(missing), Some(_)) => Err(CommandError::Usage(missing.to_string())),
        (Err(missing), None) => {
            let note =
                format!("note: forms are filled in over plain HTTP, without a browser: {missing}");
            Ok((AgentKind::Forms, Some(note)))
        }
    }
}
