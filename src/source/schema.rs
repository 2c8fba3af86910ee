//! JSON Schemas of TOML files.

use schemars::Schema;
use serde_json::{Value, json};

/// Removes `null` from the schema of a table: TOML has none, and absent values are not written.
pub fn without_null(schema: &mut Schema) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(serde_json::Map::values_mut) {
        let Some(property) = property.as_object_mut() else { continue };
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
            if let [name] = types.as_slice() {
                let name = name.clone();
                property.insert("type".to_owned(), name);
            }
        }
        if let Some(Value::Array(either)) = property.get_mut("anyOf") {
            either.retain(|schema| *schema != json!({ "type": "null" }));
            if let [Value::Object(only)] = either.as_mut_slice() {
                let mut only = std::mem::take(only);
                property.remove("anyOf");
                property.append(&mut only);
            }
        }
    }
}
