//! `authspec honest`.

use std::io::Write;
use std::process::ExitCode;

use ::honest::{Config, Defect, Honest};

use super::prepare::Wrong;

/// Serves the embedded server until it is interrupted.
pub(super) async fn serve(
    port: u16,
    callback_port: u16,
    defects: Vec<Defect>,
    out: &mut dyn Write,
) -> Result<ExitCode, Wrong> {
    let wrong: Vec<_> = defects.iter().map(|defect| format!("it {}", defect.sentence())).collect();
    let honest = Honest::start(Config { port, callback_port, defects, ..Config::default() })
        .await
        .map_err(|error| {
            Wrong::Usage(format!(
                "cannot serve on port {port}: {error}; name another with `--port`"
            ))
        })?;
    writeln!(
        out,
        "# The embedded server is at {}. Save this as a target file:\n",
        honest.issuer()
    )?;
    writeln!(out, "{}", ::honest::target_file(port, callback_port))?;
    for sentence in wrong {
        writeln!(out, "# Defect: {sentence}")?;
    }
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}
