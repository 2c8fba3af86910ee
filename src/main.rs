//! The `authspec` program.

use std::io;
use std::process::ExitCode;

use authspec::cli::{self, Cli};
use clap::Parser;

fn main() -> io::Result<ExitCode> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(cli::main(cli, &mut io::stdout(), &mut io::stderr()))
}
