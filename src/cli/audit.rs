//! `authspec audit`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use askama::Template;

use super::args::{AuditArgs, AuditFormat, RunArgs};
use super::audit_targets::subjects;
use super::auditing::{Audit, Audited, audit_all};
use super::command_error::CommandError;
use super::interrupt::INTERRUPTED;
use super::prepare::suites;
use super::report::way;
use super::shown::style;
use super::write::write_large_report;
use crate::audit::{self, Catalogue};
use crate::report::{AuditHtml, AuditMarkdown, AuditReport, AuditText, Style, audit_sarif};

/// Audits servers, and reports the results.
pub(super) async fn audit(
    args: &AuditArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let suites = suites(None)?;
    let catalogue = match &args.questions {
        Some(folder) => audit::load(folder, &suites),
        None => audit::embedded(&suites),
    };
    let catalogue = catalogue.map_err(|mistakes| CommandError::Usage(mistakes.to_string()))?;
    let earlier = args.since.as_deref().map(earlier).transpose()?;
    let run = run_args(args);
    let subjects = subjects(args, &run, &suites)?;
    let audit = Arc::new(Audit { suites, catalogue, args: args.clone(), run });
    let Audited { servers, interrupted } = audit_all(subjects, &audit, err).await?;
    let code = if interrupted { INTERRUPTED } else { audit::exit_code(&servers) };
    let report = AuditReport::new(servers, earlier.as_ref());
    let render = |to: &mut dyn Write| render(&report, &audit.catalogue, args, to);
    match &args.output {
        Some(path) => {
            write_large_report(path, render)?;
            for server in &report.servers {
                writeln!(out, "{}: {}", server.name, server.headline)?;
            }
        }
        None => render(out)?,
    }
    Ok(ExitCode::from(code))
}

fn render(
    report: &AuditReport,
    catalogue: &Catalogue,
    args: &AuditArgs,
    to: &mut dyn Write,
) -> Result<(), CommandError> {
    let evidence = args.evidence.as_path();
    match args.format {
        AuditFormat::Text => {
            // A file is read by other programs.
            let style =
                args.output.as_ref().map_or_else(|| style(args.color), |_| Style::default());
            write!(to, "{}", AuditText { report, catalogue, evidence, style })?;
        }
        AuditFormat::Markdown => {
            write!(to, "{}", AuditMarkdown { report, catalogue, evidence })?;
        }
        AuditFormat::Html => {
            let link = &way(args.output.as_deref(), evidence)?;
            let page = AuditHtml { report, catalogue, evidence, link };
            page.write_into(to)?;
        }
        AuditFormat::Sarif => {
            let text = audit_sarif(report, catalogue).map_err(CommandError::Usage)?;
            to.write_all(text.as_bytes())?;
        }
        AuditFormat::Json => {
            serde_json::to_writer_pretty(&mut *to, report).map_err(std::io::Error::from)?;
            writeln!(to)?;
        }
    }
    Ok(())
}

fn earlier(path: &Path) -> Result<AuditReport, CommandError> {
    let wrong = |why: String| {
        let right = "name a file written by `authspec audit --format json --output FILE`";
        CommandError::Usage(format!("cannot read {} as an audit: {why}; {right}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

fn run_args(args: &AuditArgs) -> RunArgs {
    let AuditArgs { agent, defects, allows, register, ca, .. } = args.clone();
    RunArgs { agent, defects, allows, register, ca, ..RunArgs::default() }
}
