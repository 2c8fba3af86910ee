//! `authspec man`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::Cli;
use super::command_error::CommandError;

/// Prints the manual page, or writes it and one per command to a folder.
pub(super) fn manual(folder: Option<&Path>, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    match folder {
        Some(folder) => write_pages(folder).map_err(|error| {
            CommandError::Usage(format!(
                "cannot write manual pages to {}: {error}",
                folder.display()
            ))
        })?,
        None => Man::new(Cli::command()).render(&mut &mut *out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
