//! The conformance run as part of `cargo test`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::runtime::{Handle, Runtime};

use super::agent_arg::AgentArg;
use super::args::RunArgs;
use super::command_error::CommandError;
use super::hook::{Guard, Hook, Reservation};
use super::prepare::{Prepared, Started, prepare_on};
use crate::agent::SessionFile;
use crate::report::{Options, Snapshots, trials};
use crate::run::Run;

/// How long the tasks that a server left behind may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs every case of the target as a test; without a target, those of the built-in server.
pub(super) fn run_tests(target: Option<PathBuf>, start: Option<Hook>) -> ExitCode {
    let arguments = libtest_mimic::Arguments::parse();
    let done = prepared(target, start).and_then(|(ready, options)| {
        let runtime = Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
        Ok(conclude(ready, &options, &arguments, runtime))
    });
    done.unwrap_or_else(|text| {
        // Nothing reads a test's standard output when it lists nothing.
        say(&text);
        ExitCode::from(2)
    })
}

fn prepared(target: Option<PathBuf>, start: Option<Hook>) -> Result<(Ready, Options), String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let (path, start) = match std::env::var_os("AUTHSPEC_TARGET") {
        Some(named) => (Some(PathBuf::from(named)), None),
        None => (target.map(|target| root.join(target)), start),
    };
    let words = path.map(|path| path.display().to_string()).into_iter().collect();
    let ruleset = std::env::var("AUTHSPEC_RULESET").ok();
    let agent = option::<AgentArg>("AUTHSPEC_AGENT")?;
    let args = RunArgs { words, ruleset, agent, ..RunArgs::default() };
    let reserved = start.as_ref().map(|_| Reservation::take()).transpose();
    let reserved = reserved.map_err(|error| format!("no port to listen on: {error}"))?;
    let ports = reserved.as_ref().map(|reserved| reserved.ports);
    let prepared = prepare_on(&args, ports).map_err(text)?;
    let snapshot_root = root.join(&args.snapshot_dir);
    let taken = snapshot_root.join(&prepared.target.name).is_dir();
    let unsaid = if taken { Snapshots::Check } else { Snapshots::Off };
    let snapshots = option::<Snapshots>("AUTHSPEC_SNAPSHOTS")?.unwrap_or(unsaid);
    let evidence = match std::env::var_os("AUTHSPEC_EVIDENCE") {
        Some(named) => PathBuf::from(named),
        None => evidence_folder(),
    };
    let options = Options { strict: args.strict, snapshots, snapshot_root, evidence };
    Ok((Ready { prepared, server: start.zip(reserved) }, options))
}

fn option<T: ValueEnum>(name: &str) -> Result<Option<T>, String> {
    let Ok(value) = std::env::var(name) else { return Ok(None) };
    T::from_str(&value, true).map(Some).map_err(|_| {
        let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
        format!("{name} is `{value}`, which is none of {}", known.join(", "))
    })
}

fn conclude(
    ready: Ready,
    options: &Options,
    arguments: &libtest_mimic::Arguments,
    runtime: Runtime,
) -> ExitCode {
    let plans = ready.prepared.plans().to_vec();
    let once = Arc::new(Once { ready: Mutex::new(Some(ready)), begun: OnceLock::new() });
    let asked = (Arc::clone(&once), runtime.handle().clone());
    let trials = trials(&plans, runtime.handle(), move || asked.0.run(&asked.1), options);
    let conclusion = libtest_mimic::run(arguments, trials);
    if let Some(Ok(begun)) = Arc::into_inner(once).and_then(|once| once.begun.into_inner()) {
        begun.end(&runtime);
    }
    runtime.shutdown_timeout(LAST_WORDS);
    conclusion.exit_code()
}

/// The ingredients of a run.
struct Ready {
    prepared: Prepared,
    /// How to start the server, if it must be started, and where it listens.
    server: Option<(Hook, Reservation)>,
}

/// The run, which starts with the first test; listing tests starts nothing.
struct Once {
    ready: Mutex<Option<Ready>>,
    begun: OnceLock<Result<Begun, String>>,
}

/// A running run, and the values that it keeps alive.
struct Begun {
    started: Started,
    /// Stops the server when dropped, if the run started it.
    server: Option<Mutex<Guard>>,
    /// The session shared by the processes of a nextest run, if the run did not start the server.
    session: Option<SessionFile>,
}

impl Once {
    fn run(&self, runtime: &Handle) -> Result<Arc<Run>, String> {
        let begun = self.begun.get_or_init(|| {
            let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).take();
            ready.ok_or_else(|| "it was started before".to_owned())?.begin(runtime)
        });
        begun.as_ref().map(|begun| Arc::clone(&begun.started.run)).map_err(Clone::clone)
    }
}

impl Ready {
    fn begin(self, runtime: &Handle) -> Result<Begun, String> {
        let Self { mut prepared, server } = self;
        let mut session = None;
        if let Some(run) = nextest_run() {
            // A server in this process lives as long as the process, so there is nothing to share.
            prepared.spares_browser = server.is_some() || prepared.is_embedded();
            if !prepared.spares_browser {
                let file = session_file(&prepared, &run);
                session = Some(file.map_err(|error| format!("no session file: {error}"))?);
            }
        }
        prepared.memory = session.as_ref().and_then(|file| file.memory().cloned());
        let start =
            |(hook, reserved): (Hook, Reservation)| hook.call(reserved, &prepared.target, runtime);
        let server = server.map(start).transpose()?.map(Mutex::new);
        let started = runtime.block_on(prepared.start()).map_err(text)?;
        if let Some(note) = &started.note {
            say(note);
        }
        Ok(Begun { started, server, session })
    }
}

impl Begun {
    fn end(self, runtime: &Runtime) {
        let Self { started, server, session } = self;
        let agent = started.run.agent();
        if let Some(mut session) = session
            && let Err(error) = session.keep(agent.memory())
        {
            say(&format!("the session is not kept for other tests: {error}"));
        }
        runtime.block_on(agent.stop());
        let _within = runtime.enter();
        drop(server);
    }
}

/// The id of the nextest run, if this process runs one test of it.
fn nextest_run() -> Option<String> {
    let mode = std::env::var("NEXTEST_EXECUTION_MODE").unwrap_or_default();
    std::env::var("NEXTEST_RUN_ID").ok().filter(|_| mode == "process-per-test")
}

/// Waits until no other process of this run uses the same server, and reads the session of the last one.
fn session_file(prepared: &Prepared, run: &str) -> std::io::Result<SessionFile> {
    let Prepared { target, .. } = prepared;
    let marks = [env!("CARGO_PKG_VERSION"), run, &target.source.text];
    SessionFile::open(&build_folder()?.join("tmp"), &target.issuer.text, &marks)
}

/// The folder in which cargo built this test, which all packages of a workspace share.
fn build_folder() -> std::io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let build = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(build.or(program.parent()).unwrap_or(Path::new(".")).to_owned())
}

/// The folder for evidence, relative to the current folder if possible.
fn evidence_folder() -> PathBuf {
    let build = build_folder().unwrap_or_else(|_| PathBuf::from("target"));
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| build.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or(build).join("evidence")
}

fn say(text: &str) {
    // If standard error cannot be written either, there is nothing left to do.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn text(wrong: CommandError) -> String {
    match wrong {
        CommandError::Usage(text) | CommandError::Target(text) | CommandError::Nothing(text) => {
            text
        }
        CommandError::Io(error) => error.to_string(),
        CommandError::Interrupted => "interrupted".to_owned(),
    }
}
