//! `authspec schema`.

use schemars::schema_for;

use super::args::SchemaKind;
use crate::audit::{QuestionsFile, ThreatsFile};
use crate::report::{AuditReport, CaseList, Comparison, Coverage, Evidence, Results};
use crate::suite::{RulesetFile, SuiteFile};
use crate::target::{KnownFile, TargetFile};

/// The JSON Schema of a file format, made from the types that read or write it.
pub fn schema(kind: SchemaKind) -> String {
    let schema = match kind {
        SchemaKind::Suite => schema_for!(SuiteFile),
        SchemaKind::Rulesets => schema_for!(RulesetFile),
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
