//! Renders runs as a collection.

use super::collection::{Collection, Event, Info, Item, SCHEMA, Script};
use super::folder::folder;
use super::variables::Variables;
use crate::report::record::Record;
use crate::run::Verdict;

/// The script that stores values of each answer for later requests.
const KEEP: &[&str] = &[
    "let answer = {};",
    "try { answer = pm.response.json(); } catch (none) { /* no JSON */ }",
    "for (const [name, value] of Object.entries(answer ?? {})) {",
    "  if (typeof value === \"string\" && pm.collectionVariables.has(name)) {",
    "    pm.collectionVariables.set(name, value);",
    "  }",
    "}",
];

/// Renders a collection of the failures and warnings in these runs.
///
/// # Errors
/// If the collection cannot be written as JSON.
pub(in crate::report) fn postman(records: &[Record]) -> Result<String, String> {
    let mut variables = Variables::default();
    let targets: Vec<_> = records.iter().map(|record| target(record, &mut variables)).collect();
    let names: Vec<_> = records.iter().map(|it| it.results.target.name.as_str()).collect();
    let description = targets.iter().map(|(description, _)| description.as_str());
    let description = description.collect::<Vec<_>>().join("\n\n");
    let item = match targets.len() {
        1 => targets.into_iter().flat_map(|(_, items)| items).collect(),
        _ => names.iter().zip(targets).map(|(name, target)| folder_of(name, target)).collect(),
    };
    let script = Script { kind: "text/javascript", exec: KEEP.to_vec() };
    let collection = Collection {
        info: Info { name: format!("authspec: {}", names.join(", ")), description, schema: SCHEMA },
        item,
        event: vec![Event { listen: "test", script }],
        variable: variables.declared(),
    };
    let text = serde_json::to_string_pretty(&collection).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn folder_of(name: &str, (description, item): (String, Vec<Item>)) -> Item {
    Item::Folder { name: name.to_owned(), description, item }
}

/// The description of a target, and a folder for each case with findings.
fn target(record: &Record, variables: &mut Variables) -> (String, Vec<Item>) {
    let found = |verdict| matches!(verdict, Verdict::Fail | Verdict::Warn);
    let cases = record.cases().filter(|(case, _)| found(case.verdict));
    let (mut items, mut gone) = (Vec::new(), Vec::new());
    for (case, evidence) in cases {
        match evidence {
            Some(evidence) => items.push(folder(evidence, variables)),
            None => gone.push(format!("`{}`", case.id)),
        }
    }
    let results = &record.results;
    let mut description = format!(
        "Findings of authspec {} for {} ({}) on {}, under the ruleset {}. Variables replace redacted values, and \
        have descriptions: fill in those of the client and the user first.",
        results.tool.version,
        results.target.name,
        results.target.issuer,
        results.at,
        results.ruleset
    );
    if items.is_empty() && gone.is_empty() {
        description += " No case failed.";
    }
    if !gone.is_empty() {
        description += " The evidence no longer exists for ";
        description += &gone.join(", ");
        description += ".";
    }
    (description, items)
}
