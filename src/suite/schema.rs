//! The parts of the JSON Schemas that types do not express by themselves: fixed words and patterns.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::step::{SLUG, step_words};
use crate::oauth::cite::specifications;

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
