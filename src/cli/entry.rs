//! From a command to its exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use super::args::{Cli, Command};
use super::command_error::CommandError;
#[cfg(feature = "shell")]
use super::completions::completions;
use super::interrupt::INTERRUPTED;
#[cfg(feature = "shell")]
use super::manual::manual;
use super::output::Reader;
use super::schema::print_schema;
use super::{
    audit, compare, coverage, doctor, explain, honest, init, keys, list, merge, report, run,
};

/// Runs the command that the arguments name, and writes to `out` and `err`.
///
/// # Errors
/// If `out` or `err` cannot be written, or the system has no threads to run it.
pub fn main(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(run_command(cli, out, err));
    // What still waits, such as for the address of a host, is not waited for.
    runtime.shutdown_background();
    ran
}

async fn run_command(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<ExitCode> {
    let done = match cli.command.unwrap_or_else(|| Command::Run(Box::default())) {
        Command::Run(args) => {
            let mut out = Reader::new(out);
            let done = run::run(&args, &mut out, err).await;
            out.end()?;
            done
        }
        Command::Doctor(args) => doctor::doctor(&args, out).await,
        Command::Init(args) => init::init(&args, out).await,
        Command::Audit(args) => audit::audit(&args, out, err).await,
        Command::List(args) => list::list(&args, out),
        Command::Explain(args) => explain::explain(&args, out),
        Command::Compare(args) => compare::compare(&args, out),
        Command::Merge(args) => merge::merge_parts(&args, out),
        Command::Report { what } => report::report(&what, out),
        Command::Coverage(args) => coverage::coverage(&args, out),
        Command::Keys { file, certificate_authority: true, .. } => keys::authority(&file, out),
        Command::Keys { file, certificate: true, .. } => keys::certificate(&file, out),
        Command::Keys { file, alg, .. } => keys::keys(&file, alg, out),
        Command::Honest { list_defects: true, .. } => honest::list_defects(out),
        Command::Honest { port, callback_port, defects, ca, allows, .. } => {
            honest::serve((port, callback_port), (defects, allows), ca.as_deref(), out).await
        }
        #[cfg(feature = "shell")]
        Command::Completions { shell } => Ok(completions(shell, out)?),
        #[cfg(feature = "shell")]
        Command::Man { folder } => manual(folder.as_deref(), out),
        Command::Schema { kind, format } => print_schema(kind, format, out),
    };
    done.or_else(|wrong| match wrong {
        CommandError::Io(error) => Err(error),
        CommandError::Usage(text) => writeln!(err, "{text}").map(|()| ExitCode::from(2)),
        CommandError::Nothing(text) => writeln!(err, "{text}").map(|()| ExitCode::from(3)),
        CommandError::Interrupted => {
            writeln!(err, "interrupted before any case was run")?;
            Ok(ExitCode::from(INTERRUPTED))
        }
        CommandError::Target(text) => {
            writeln!(err, "inconclusive: {text}").map(|()| ExitCode::from(3))
        }
    })
}
