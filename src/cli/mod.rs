//! The command line: arguments in, exit code out.

mod args;
mod honest;
mod libtest;
mod list;
mod prepare;
mod run;
mod schema;

pub use args::{AgentArg, Cli, Command, RunArgs, SchemaKind};
pub use libtest::libtest;
pub use prepare::{Prepared, Started, Wrong, prepare};
pub use schema::schema;

use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the command that the arguments name, writing to `out` and `err`.
///
/// # Errors
/// When `out` or `err` is gone.
pub async fn main(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<ExitCode> {
    let done = match cli.command.unwrap_or_else(|| Command::Run(RunArgs::default())) {
        Command::Run(args) => run::run(&args, out, err).await,
        Command::List(args) => list::list(&args, out),
        Command::Honest { port, callback_port, defects } => {
            honest::serve(port, callback_port, defects, out).await
        }
        Command::Schema { kind } => {
            writeln!(out, "{}", schema(kind))?;
            Ok(ExitCode::SUCCESS)
        }
    };
    done.or_else(|wrong| match wrong {
        Wrong::Io(error) => Err(error),
        Wrong::Usage(text) => writeln!(err, "{text}").map(|()| ExitCode::from(2)),
        Wrong::Target(text) => writeln!(err, "inconclusive: {text}").map(|()| ExitCode::from(3)),
    })
}
