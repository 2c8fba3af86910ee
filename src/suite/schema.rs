//! The parts of the JSON Schemas that types do not say by themselves: closed words and patterns.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::file::ClientKind;
use super::step::StepKind;
use super::template::Placeholder;
use crate::oauth::cite::specifications;

/// Small letters, digits and single hyphens: the name of a case, the label of a step.
const SLUG: &str = "[a-z0-9]+(-[a-z0-9]+)*";

fn step_words() -> Vec<&'static str> {
    StepKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// A step: one of the closed list, with a label where it is taken twice.
pub(super) fn step_name(schema: &mut Schema) {
    let pattern = format!("^({})(:{SLUG})?$", step_words().join("|"));
    schema.insert("pattern".to_owned(), pattern.into());
    schema.insert("examples".to_owned(), step_words().into());
}

/// A table with an entry for each step, by the step's name or label.
pub(super) fn by_step<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let entry = generator.subschema_for::<T>();
    let words = step_words().into_iter();
    let known: BTreeMap<_, _> = words.map(|word| (word, entry.clone())).collect();
    let labelled = format!("^{SLUG}$");
    json_schema!({
        "type": "object",
        "properties": known,
        "patternProperties": { labelled: entry },
        "additionalProperties": false,
    })
}

/// A table with an entry for each case of a requirement, by the case's name.
pub(super) fn by_case<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let entry = generator.subschema_for::<T>();
    let name = json_schema!({ "pattern": format!("^{SLUG}$") });
    json_schema!({ "type": "object", "propertyNames": name, "additionalProperties": entry })
}

/// Cases of any suite, as `suite/case`.
pub(super) fn case_ids(_: &mut SchemaGenerator) -> Schema {
    let id = json_schema!({ "type": "string", "pattern": format!("^{SLUG}/{SLUG}$") });
    json_schema!({ "type": "array", "items": id })
}

/// A citation, as in `RFC7636 §4.6`.
pub(super) fn citation(_: &mut SchemaGenerator) -> Schema {
    let known: Vec<_> = specifications().map(|name| name.replace('.', "\\.")).collect();
    let pattern = format!("^({}) §[0-9A-Z][0-9A-Za-z.]*$", known.join("|"));
    json_schema!({ "type": "string", "pattern": pattern, "examples": ["RFC7636 §4.6"] })
}

/// Specifications by their short names.
pub(super) fn specification_names(_: &mut SchemaGenerator) -> Schema {
    let known: Vec<_> = specifications().collect();
    json_schema!({ "type": "array", "items": { "enum": known } })
}

/// Text with placeholders, all of which the description lists.
pub(super) fn template(schema: &mut Schema) {
    let known =
        Placeholder::ALL.iter().map(|(_, name, meaning)| format!("\n- `{{{name}}}`: {meaning}"));
    let text = "Text with placeholders in braces, such as `{redirect_uri}/extra`. There are:\n";
    let text = format!("{text}{}", known.collect::<String>());
    schema.insert("description".to_owned(), text.into());
}

/// One of the words, or a client by its name.
pub(super) fn client_kind(schema: &mut Schema) {
    let known = serde_json::json!([{ "enum": ClientKind::WORDS }, { "pattern": "^client:.+$" }]);
    schema.insert("anyOf".to_owned(), known);
}
