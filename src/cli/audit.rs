//! `authspec audit`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use askama::Template;

use super::args::{AuditArgs, AuditFormat, RunArgs};
use super::audit_targets::subjects;
use super::auditing::{Audited, audit_all};
use super::command_error::CommandError;
use super::interrupt::INTERRUPTED;
use super::prepare::{Prepared, Subject, suites};
use super::report::way;
use super::shown::style;
use super::write::write_report;
use crate::audit::{self, Catalogue};
use crate::oauth::pkce::ChallengeMethod;
use crate::report::{AuditHtml, AuditMarkdown, AuditReport, AuditText, Style, audit_sarif};
use crate::run::Plan;
use crate::suite::{Feature, Suites};

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
    let prepared: Vec<_> =
        subjects.into_iter().map(|it| prepared(it, &catalogue, &suites, &run)).collect();
    let (catalogue, args) = (Arc::new(catalogue), Arc::new(args.clone()));
    let Audited { servers, interrupted } = audit_all(prepared, &catalogue, &args, err).await?;
    let code = if interrupted { INTERRUPTED } else { audit::exit_code(&servers) };
    let report = AuditReport::new(servers, earlier.as_ref());
    let text = rendered(&report, &catalogue, &args)?;
    match &args.output {
        Some(path) => {
            write_report(path, &text)?;
            for server in &report.servers {
                writeln!(out, "{}: {}", server.name, server.headline)?;
            }
        }
        None => write!(out, "{text}")?,
    }
    Ok(ExitCode::from(code))
}

fn rendered(
    report: &AuditReport,
    catalogue: &Catalogue,
    args: &AuditArgs,
) -> Result<String, CommandError> {
    let evidence = args.evidence.as_path();
    Ok(match args.format {
        AuditFormat::Text => {
            // A file is read by other programs.
            let style =
                args.output.as_ref().map_or_else(|| style(args.color), |_| Style::default());
            AuditText { report, catalogue, evidence, style }.to_string()
        }
        AuditFormat::Markdown => AuditMarkdown { report, catalogue, evidence }.to_string(),
        AuditFormat::Html => {
            let link = &way(args.output.as_deref(), evidence)?;
            let page = AuditHtml { report, catalogue, evidence, link };
            page.render().map_err(std::io::Error::other)?
        }
        AuditFormat::Sarif => audit_sarif(report, catalogue).map_err(CommandError::Usage)?,
        AuditFormat::Json => {
            serde_json::to_string_pretty(report).map_err(std::io::Error::other)? + "\n"
        }
    })
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

/// A server and the cases to run against it. What is already known of it is still found.
fn prepared(
    mut subject: Subject,
    catalogue: &Catalogue,
    suites: &Suites,
    run: &RunArgs,
) -> Prepared {
    subject.target.known.clear();
    // Grants that clients may not use according to the file are tried too.
    subject.target.lacks.retain(|feature| *feature != Feature::Plain);
    // Whatever challenge method a client uses today, the question is whether S256 works for it.
    for client in &mut subject.target.clients {
        (client.challenge_method, client.verifier) = (ChallengeMethod::S256, None);
    }
    let mut plans = audit::plans(catalogue, suites, &subject.target);
    if !run.register {
        plans.iter_mut().for_each(Plan::leave_out_if_registering);
    }
    subject.with(plans, "all", run.clone())
}
