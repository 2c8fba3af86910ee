//! The conformance run as a test of `cargo test`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use clap::{Parser, ValueEnum};
use tokio::runtime::{Handle, Runtime};

use super::args::{AgentArg, RunArgs};
use super::prepare::{Prepared, Started, Wrong, prepare};
use crate::report::{Options, Snapshots, trials};
use crate::run::Run;

/// Runs every case as a test, as the arguments of `cargo test` ask for; to be returned from the
/// `main` of a test with `harness = false`.
///
/// The target is `target`, or what `AUTHSPEC_TARGET` names, or else the embedded server.
/// `AUTHSPEC_RULESET`, `AUTHSPEC_AGENT` and `AUTHSPEC_SNAPSHOTS` stand for the options of
/// `authspec run`; snapshots are checked where there are any of the target.
pub fn libtest(target: Option<&Path>) -> ExitCode {
    let arguments = libtest_mimic::Arguments::parse();
    match prepared(target) {
        Ok((prepared, options)) => run(prepared, &options, &arguments),
        Err(text) => {
            // Nobody reads a test's standard output when it lists nothing.
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::from(2)
        }
    }
}

fn prepared(target: Option<&Path>) -> Result<(Prepared, Options), String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let path = match std::env::var_os("AUTHSPEC_TARGET") {
        Some(named) => Some(PathBuf::from(named)),
        None => target.map(|target| root.join(target)),
    };
    let words = path.map(|path| path.display().to_string()).into_iter().collect();
    let ruleset = std::env::var("AUTHSPEC_RULESET").ok();
    let agent = option::<AgentArg>("AUTHSPEC_AGENT")?;
    let args = RunArgs { words, ruleset, agent, ..RunArgs::default() };
    let prepared = prepare(&args).map_err(text)?;
    let snapshot_root = root.join(&args.snapshot_dir);
    let taken = snapshot_root.join(&prepared.target.name).is_dir();
    let unsaid = if taken { Snapshots::Check } else { Snapshots::Off };
    let snapshots = option::<Snapshots>("AUTHSPEC_SNAPSHOTS")?.unwrap_or(unsaid);
    let evidence = args.evidence;
    Ok((prepared, Options { strict: args.strict, snapshots, snapshot_root, evidence }))
}

fn option<T: ValueEnum>(name: &str) -> Result<Option<T>, String> {
    let Ok(value) = std::env::var(name) else { return Ok(None) };
    T::from_str(&value, true).map(Some).map_err(|_| {
        let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
        format!("{name} is `{value}`, which is none of {}", known.join(", "))
    })
}

fn run(prepared: Prepared, options: &Options, arguments: &libtest_mimic::Arguments) -> ExitCode {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "no runtime: {error}");
            return ExitCode::from(2);
        }
    };
    let plans = prepared.plans().to_vec();
    let once = Arc::new(Once { prepared: Mutex::new(Some(prepared)), started: OnceLock::new() });
    let asked = (Arc::clone(&once), runtime.handle().clone());
    let trials = trials(&plans, runtime.handle(), move || asked.0.run(&asked.1), options);
    let conclusion = libtest_mimic::run(arguments, trials);
    if let Some(Ok(started)) = once.started.get() {
        runtime.block_on(started.run.agent().stop());
    }
    conclusion.exit_code()
}

/// The run, started when the first test asks for it: listing tests starts nothing.
struct Once {
    prepared: Mutex<Option<Prepared>>,
    started: OnceLock<Result<Started, String>>,
}

impl Once {
    fn run(&self, runtime: &Handle) -> Result<Arc<Run>, String> {
        let start = || {
            let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take();
            let prepared = prepared.ok_or_else(|| "it was started before".to_owned())?;
            let started = runtime.block_on(prepared.start()).map_err(text)?;
            if let Some(note) = &started.note {
                let _ = writeln!(std::io::stderr(), "{note}");
            }
            Ok(started)
        };
        let started = self.started.get_or_init(start);
        started.as_ref().map(|started| Arc::clone(&started.run)).map_err(Clone::clone)
    }
}

fn text(wrong: Wrong) -> String {
    match wrong {
        Wrong::Usage(text) | Wrong::Target(text) => text,
        Wrong::Io(error) => error.to_string(),
        Wrong::Interrupted => "interrupted".to_owned(),
    }
}
