//! `authspec schema`.

use schemars::schema_for;

use std::io::Write;
use std::process::ExitCode;

use super::command_error::CommandError;
use super::schema_kind::{SchemaFormat, SchemaKind};
use super::target_reference::target_reference;
use crate::audit::{QuestionsFile, ThreatsFile};
use crate::report::{AuditReport, CaseList, Comparison, Coverage, Evidence, Results};
use crate::suite::{ModuleFile, RulesetFile, SuiteFile};
use crate::target::{KnownFile, TargetFile};

/// Prints a file format.
pub(super) fn print_schema(
    kind: SchemaKind,
    format: SchemaFormat,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    match (format, kind) {
        (SchemaFormat::Json, kind) => writeln!(out, "{}", schema(kind))?,
        (SchemaFormat::Markdown, SchemaKind::Target) => write!(out, "{}", target_reference())?,
        (SchemaFormat::Markdown, _) => {
            let why = "only target files have a Markdown reference";
            let right = "write `authspec schema target --format markdown`, or leave out --format";
            return Err(CommandError::Usage(format!("{why}; {right}")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The JSON Schema of a file format, generated from the types that read or write it.
pub fn schema(kind: SchemaKind) -> String {
    let schema = match kind {
        SchemaKind::Suite => schema_for!(SuiteFile),
        SchemaKind::Rulesets => schema_for!(RulesetFile),
        SchemaKind::Modules => schema_for!(ModuleFile),
        SchemaKind::Target => schema_for!(TargetFile),
        SchemaKind::Known => schema_for!(KnownFile),
        SchemaKind::Results => schema_for!(Results),
        SchemaKind::Evidence => schema_for!(Evidence),
        SchemaKind::Coverage => schema_for!(Coverage),
        SchemaKind::Comparison => schema_for!(Vec<Comparison>),
        SchemaKind::List => schema_for!(CaseList),
        SchemaKind::Audit => schema_for!(AuditReport),
        SchemaKind::Questions => schema_for!(QuestionsFile),
        SchemaKind::Threats => schema_for!(ThreatsFile),
    };
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
