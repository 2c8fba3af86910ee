//! `authspec completions`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::args::Cli;

/// Prints a completion script for a shell.
pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<ExitCode> {
    // The generator panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
