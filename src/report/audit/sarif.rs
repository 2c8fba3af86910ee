//! An audit as SARIF 2.1.0, with a run per server, a rule per question or threat, and a result per problem.

use std::collections::BTreeMap;

use super::json::AuditReport;
use crate::audit::{
    Answer, Basis, Catalogue, Given, Question, ServerAudit, Threat, ThreatAudit, ThreatStatus,
};
use crate::report::markdown::prose;
use crate::report::sarif::digest;
use crate::report::sarif::log::{
    ArtifactLocation, AutomationDetails, Configuration, Driver, Finding, Help, Invocation,
    Location, Log, LogicalLocation, PhysicalLocation, Rule, Run, Tags, Text, Tool,
};
use crate::report::sarif::text;
use crate::wire::printable;

/// The files with questions and threats, which are the locations of results.
const QUESTIONS: &str = "audit/questions.toml";
const THREATS: &str = "audit/threats.toml";

/// Renders an audit as SARIF.
///
/// # Errors
/// If the audit cannot be written as JSON.
pub fn audit_sarif(report: &AuditReport, catalogue: &Catalogue) -> Result<String, String> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: report.servers.iter().map(|server| run(server, report, catalogue)).collect(),
    };
    let text = serde_json::to_string_pretty(&log).map_err(|error| error.to_string())?;
    Ok(printable(&text) + "\n")
}

fn run(server: &ServerAudit, report: &AuditReport, catalogue: &Catalogue) -> Run {
    let questions = catalogue.questions.iter().map(of_question);
    let rules: Vec<_> = questions.chain(catalogue.threats.iter().map(of_threat)).collect();
    let of_clients = server
        .clients
        .iter()
        .flat_map(|client| client.answers.iter().map(|given| (Some(client.name.as_str()), given)));
    let answers = of_clients.chain(server.server.iter().map(|given| (None, given)));
    let answers = answers.filter_map(|(client, given)| answered(server, client, given, catalogue));
    let threats = server.threats.iter().filter_map(|threat| threatened(server, threat));
    let mut results: Vec<_> = answers.chain(threats).collect();
    for found in &mut results {
        let place = rules.iter().position(|rule| rule.id == found.rule_id);
        found.rule_index = place.unwrap_or_default();
    }
    let properties = BTreeMap::from([
        ("target", server.name.clone().into()),
        ("issuer", server.issuer.clone().into()),
        ("headline", server.headline.clone().into()),
    ]);
    Run {
        tool: Tool {
            driver: Driver {
                name: report.tool.name.clone(),
                semantic_version: report.tool.version.clone(),
                rules,
            },
        },
        automation_details: AutomationDetails { id: format!("authspec-audit/{}/", server.name) },
        invocations: vec![Invocation {
            execution_successful: server.untried.is_none(),
            end_time_utc: report.at.clone(),
        }],
        results,
        properties,
    }
}

fn of_question(question: &Question) -> Rule {
    let level = if question.0.decides.is_some() { "error" } else { "warning" };
    let asks = question.0.asks.get_ref().as_str();
    rule(question_rule(question.id()), &question.0.head, level, asks, asks.to_owned(), None)
}

fn of_threat(threat: &Threat) -> Rule {
    let file = &threat.0;
    let help = format!("{}\n\nTo close it: {}", file.attacker, file.change);
    let url = Some(file.cite.url());
    rule(threat_rule(threat.id()), &file.title, "error", &file.attacker, help, url)
}

fn rule(
    id: String,
    name: &str,
    level: &'static str,
    what: &str,
    help: String,
    help_uri: Option<String>,
) -> Rule {
    Rule {
        id,
        name: name.to_owned(),
        short_description: Text { text: name.to_owned() },
        full_description: Text { text: what.to_owned() },
        help: Help { markdown: prose(&help), text: help },
        help_uri,
        default_configuration: Configuration { level },
        properties: Tags { tags: vec!["oauth".to_owned(), "security".to_owned()] },
    }
}

fn question_rule(id: &str) -> String {
    format!("audit/question/{id}")
}

fn threat_rule(id: &str) -> String {
    format!("audit/threat/{id}")
}

/// A result for an answer that is no, or unknown, which is open (SARIF §3.27.9).
fn answered(
    server: &ServerAudit,
    client: Option<&str>,
    given: &Given,
    catalogue: &Catalogue,
) -> Option<Finding> {
    let question = catalogue.question(&given.question)?;
    let (kind, level) = match given.answer {
        Answer::No if question.0.decides.is_some() => ("fail", "error"),
        Answer::No => ("fail", "warning"),
        Answer::Unknown => ("open", "none"),
        Answer::Yes | Answer::NotApplicable => return None,
    };
    let whom = client.map(|client| format!(" of the client {client}")).unwrap_or_default();
    let (answer, asks) = (given.answer, question.0.asks.get_ref());
    let message = format!("{asks}{whom}: {answer}, at {}", server.name);
    let id = format!("{}@{}", given.question, client.unwrap_or_default());
    Some(finding(
        server,
        question_rule(&given.question),
        (kind, level),
        &message,
        &given.evidence,
        &id,
        QUESTIONS,
    ))
}

fn threatened(server: &ServerAudit, threat: &ThreatAudit) -> Option<Finding> {
    let kind = match threat.status {
        ThreatStatus::Open if threat.optional => ("fail", "warning"),
        ThreatStatus::Open => ("fail", "error"),
        ThreatStatus::Unknown => ("open", "none"),
        ThreatStatus::Closed | ThreatStatus::NotApplicable => return None,
    };
    let change = threat.change.as_ref().map(|change| format!("\nSmallest change: {change}"));
    let (title, status) = (&threat.title, threat.status);
    let message = format!("{title}: {status}, at {}{}", server.name, change.unwrap_or_default());
    let rule = threat_rule(&threat.id);
    Some(finding(server, rule, kind, &message, &threat.evidence, &threat.id, THREATS))
}

fn finding(
    server: &ServerAudit,
    rule_id: String,
    (kind, level): (&'static str, &'static str),
    message: &str,
    evidence: &[Basis],
    id: &str,
    file: &str,
) -> Finding {
    let seen = evidence.iter().map(|ground| format!("\n{}: {}", ground.case, ground.seen));
    let message = format!("{message}{}", seen.collect::<String>());
    let digest = digest(&format!("{}\n{id}", server.name), 8);
    let name = LogicalLocation { fully_qualified_name: id.to_owned(), kind: "test" };
    let artifact_location =
        ArtifactLocation { uri: file.to_owned(), uri_base_id: Some("%SRCROOT%") };
    Finding {
        rule_id,
        rule_index: 0,
        kind,
        level,
        message: text(&message),
        locations: vec![Location {
            physical_location: PhysicalLocation { artifact_location, region: None },
            logical_locations: vec![name],
            message: None,
        }],
        related_locations: Vec::new(),
        partial_fingerprints: BTreeMap::from([
            ("authspec/audit/v1", digest.clone()),
            ("primaryLocationLineHash", format!("{digest}:1")),
        ]),
        suppressions: Vec::new(),
    }
}
