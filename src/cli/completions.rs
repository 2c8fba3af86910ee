//! `authspec completions`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::args::Cli;

/// Prints a script by which a shell completes our arguments.
pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<ExitCode> {
    // Whoever generates it panics where it cannot be written.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
