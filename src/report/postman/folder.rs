//! A folder of a collection: a case, with its requirement.

use super::collection::{Auth, Item};
use super::request::request;
use super::variables::Variables;
use crate::report::case_entry::FindingEntry;
use crate::report::evidence::{Evidence, RequirementEntry, StepEntry};
use crate::run::Verdict;

/// The folder of a case.
pub(super) fn folder(evidence: &Evidence, variables: &mut Variables) -> Item {
    let steps = evidence.steps.iter().filter_map(|step| item(step, evidence, variables));
    Item::Folder {
        name: format!("{} {}", verdict(evidence.verdict), evidence.id),
        item: steps.collect(),
        description: description(evidence),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Warn { "WARN" } else { "FAIL" }
}

fn description(evidence: &Evidence) -> String {
    let mut parts: Vec<_> =
        evidence.findings.iter().map(|finding| found(finding, evidence)).collect();
    if let Some(client) = &evidence.client {
        parts.push(format!("The client is `{}` of the target file.", plain(client)));
    }
    parts.push(format!("The case is at `{}`.", plain(&evidence.case)));
    parts.join("\n\n")
}

/// The requirement, why it matters, and how it is violated.
fn found(finding: &FindingEntry, evidence: &Evidence) -> String {
    let FindingEntry { cite, level, step, sent, expected, actual, .. } = finding;
    let requirement = evidence
        .requirements
        .iter()
        .find(|requirement| requirement.cite == *cite && requirement.level == *level);
    let told = requirement.map_or_else(|| format!("**{cite} {level}**"), told);
    let shown = [("at", step), ("sent", sent), ("expected", expected), ("actual", actual)];
    let shown = shown.map(|(word, text)| format!("    {word:>8}  {}", plain(text)));
    format!("{told}\n\n{}", shown.join("\n"))
}

fn told(requirement: &RequirementEntry) -> String {
    let RequirementEntry { cite, level, sentence, url, why, fix } = requirement;
    let aside = |word: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!("\n\n{word}: {text}")).unwrap_or_default()
    };
    format!("**[{cite}]({url}) {level}** {sentence}{}{}", aside("Why", why), aside("Fix", fix))
}

/// The request of a step. Visits to the authorization endpoint are left to the user.
fn item(step: &StepEntry, evidence: &Evidence, variables: &mut Variables) -> Option<Item> {
    let entry = &step.by_sender().0.first()?.request;
    let mut parts = vec![format!("    {:>8}  {}", "sent", plain(&step.sent))];
    let expected = step.expected.as_ref().map(|text| ("expected", text));
    let seen = expected.into_iter().chain([("seen", &step.seen)]);
    parts.extend(seen.map(|(word, text)| format!("    {word:>8}  {}", plain(text))));
    let mut description = parts.join("\n");
    if step.visits.is_visit() {
        description += "\n\nOpen this address in a browser, with the variables filled in, and sign in there. \
                        What comes back stands in the address that the browser ends at: put it into the \
                        variables of the same names, for the requests that follow.";
    }
    if evidence.findings.iter().any(|finding| finding.step == step.step) {
        description = format!("This is the request that the case is about.\n\n{description}");
    }
    let mut request = request(step, entry, description, variables);
    if matches!(request.auth, Auth::Basic { .. }) {
        request.description +=
            "\n\nFor Basic, identifier and secret must be form-encoded (RFC6749 §2.3.1).";
    }
    Some(Item::Request { name: step.step.clone(), request: Box::new(request), response: [] })
}

/// The text on one line, without backticks, which would end a code block.
fn plain(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ").replace('`', "'")
}
