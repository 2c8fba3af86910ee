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
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = runtime.and_then(|runtime| {
        let ran = runtime.block_on(cli::main(cli, &mut io::stdout(), &mut io::stderr()));
        // What still waits, such as for the address of a host, is not waited for.
        runtime.shutdown_background();
        ran
    });
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
