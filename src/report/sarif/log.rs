//! The parts of SARIF 2.1.0 that a report on runs needs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A log file (SARIF §3.13).
#[derive(Debug, Serialize)]
pub(in crate::report) struct Log {
    #[serde(rename = "$schema")]
    pub(in crate::report) schema: &'static str,
    pub(in crate::report) version: &'static str,
    pub(in crate::report) runs: Vec<Run>,
}

/// A run (SARIF §3.14).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Run {
    pub(in crate::report) tool: Tool,
    pub(in crate::report) automation_details: AutomationDetails,
    pub(in crate::report) invocations: Vec<Invocation>,
    pub(in crate::report) results: Vec<Finding>,
    pub(in crate::report) properties: BTreeMap<&'static str, Value>,
}

/// The tool that made the run (SARIF §3.18).
#[derive(Debug, Serialize)]
pub(in crate::report) struct Tool {
    pub(in crate::report) driver: Driver,
}

/// The program with its rules (SARIF §3.19).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Driver {
    pub(in crate::report) name: String,
    pub(in crate::report) semantic_version: String,
    pub(in crate::report) rules: Vec<Rule>,
}

/// The id of a run among several (SARIF §3.17).
#[derive(Debug, Serialize)]
pub(in crate::report) struct AutomationDetails {
    pub(in crate::report) id: String,
}

/// How the run went (SARIF §3.20).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Invocation {
    pub(in crate::report) execution_successful: bool,
    pub(in crate::report) end_time_utc: String,
}

/// A rule (SARIF §3.49).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Rule {
    pub(in crate::report) id: String,
    pub(in crate::report) name: String,
    pub(in crate::report) short_description: Text,
    pub(in crate::report) full_description: Text,
    pub(in crate::report) help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) help_uri: Option<String>,
    pub(in crate::report) default_configuration: Configuration,
    pub(in crate::report) properties: Tags,
}

/// A text (SARIF §3.11).
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Text {
    pub(in crate::report) text: String,
}

/// A text, plain and as Markdown (SARIF §3.12).
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Help {
    pub(in crate::report) text: String,
    pub(in crate::report) markdown: String,
}

/// The severity of a rule (SARIF §3.50).
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Configuration {
    pub(in crate::report) level: &'static str,
}

/// Tags of a rule (SARIF §3.8.2).
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Tags {
    pub(in crate::report) tags: Vec<String>,
}

/// A result (SARIF §3.27).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Finding {
    pub(in crate::report) rule_id: String,
    pub(in crate::report) rule_index: usize,
    pub(in crate::report) kind: &'static str,
    pub(in crate::report) level: &'static str,
    pub(in crate::report) message: Text,
    pub(in crate::report) locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) related_locations: Vec<Location>,
    pub(in crate::report) partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) suppressions: Vec<Suppression>,
}

/// The location of a result (SARIF §3.28).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Location {
    pub(in crate::report) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) message: Option<Text>,
}

/// A location in a file (SARIF §3.29).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct PhysicalLocation {
    pub(in crate::report) artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) region: Option<Region>,
}

/// A file (SARIF §3.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ArtifactLocation {
    pub(in crate::report) uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) uri_base_id: Option<&'static str>,
}

/// A line (SARIF §3.30).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Region {
    pub(in crate::report) start_line: u64,
}

/// A case, by its name (SARIF §3.33).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct LogicalLocation {
    pub(in crate::report) fully_qualified_name: String,
    pub(in crate::report) kind: &'static str,
}

/// The suppression of a known result, with the reason (SARIF §3.35).
#[derive(Debug, Serialize)]
pub(in crate::report) struct Suppression {
    pub(in crate::report) kind: &'static str,
    pub(in crate::report) status: &'static str,
    pub(in crate::report) justification: String,
}
