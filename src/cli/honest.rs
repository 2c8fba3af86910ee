//! `authspec honest`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ::honest::{Allowance, Config, Defect, Honest};

use super::command_error::CommandError;

/// Runs the built-in server until it is interrupted.
pub(super) async fn serve(
    (port, callback_port): (u16, u16),
    (defects, allows): (Vec<Defect>, Vec<Allowance>),
    ca: Option<&Path>,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let wrong: Vec<_> = defects.iter().map(|defect| format!("it {}", defect.sentence())).collect();
    let target = ::honest::target_file_allowing(port, callback_port, &allows);
    let authorities = ca.map(|file| {
        let unread =
            |error| CommandError::Usage(format!("cannot read {}: {error}", file.display()));
        std::fs::read_to_string(file).map_err(unread)
    });
    let authorities = authorities.transpose()?;
    let ports = Config { port, callback_port, ..Config::default() };
    let config = Config { defects, allows, authorities, ..ports };
    let honest = Honest::start(config).await.map_err(|error| {
        CommandError::Usage(format!(
            "cannot listen on port {port}: {error}; choose another with `--port`"
        ))
    })?;
    writeln!(
        out,
        "# The built-in server is at {}. Save this as a target file:\n",
        honest.issuer()
    )?;
    writeln!(out, "{target}")?;
    for sentence in wrong {
        writeln!(out, "# Defect: {sentence}")?;
    }
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the defects of the built-in server, one per line.
pub(super) fn list_defects(out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    Defect::ALL.iter().try_for_each(|defect| writeln!(out, "{defect}"))?;
    Ok(ExitCode::SUCCESS)
}
