//! The `authspec` program.

use std::io::{self, Write};
use std::process::ExitCode;

use authspec::cli::{self, Cli};
use clap::Parser;

/// Reading the suites and judging answers makes many small allocations, on several threads.
#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell says of a program that ended because nobody read on.
const NOBODY_READS: u8 = 141;

fn main() -> ExitCode {
    let ran = cli::main(Cli::parse(), &mut io::stdout(), &mut io::stderr());
    ran.unwrap_or_else(|error| match error.kind() {
        // As in `authspec list | head`.
        io::ErrorKind::BrokenPipe => ExitCode::from(NOBODY_READS),
        _ => {
            // Where this cannot be said either, there is nobody to tell.
            let _ = writeln!(io::stderr(), "authspec cannot go on: {error}");
            ExitCode::from(2)
        }
    })
}
