//! JSON values with placeholders in their texts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::template::{Placeholder, Template};

/// A JSON value; texts in it may have placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Value")]
#[schemars(with = "Value")]
pub enum JsonTemplate {
    /// A text.
    Text(Template),
    /// A number, true, false or null.
    Fixed(Value),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(BTreeMap<String, Self>),
}

impl JsonTemplate {
    /// Every template in it.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Fixed(_) => Vec::new(),
            Self::List(values) => values.iter().flat_map(Self::templates).collect(),
            Self::Object(members) => members.values().flat_map(Self::templates).collect(),
        }
    }

    /// The value with every placeholder replaced, or `None` if one has no value.
    pub fn fill(&self, value: &dyn Fn(Placeholder) -> Option<String>) -> Option<Value> {
        Some(match self {
            Self::Text(template) => template.fill(value)?.into(),
            Self::Fixed(fixed) => fixed.clone(),
            Self::List(values) => {
                values.iter().map(|each| each.fill(value)).collect::<Option<Vec<_>>>()?.into()
            }
            Self::Object(members) => {
                let filled = members.iter().map(|(name, it)| Some((name.clone(), it.fill(value)?)));
                Value::Object(filled.collect::<Option<_>>()?)
            }
        })
    }
}

impl TryFrom<Value> for JsonTemplate {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Text(text.parse()?),
            Value::Array(values) => {
                Self::List(values.into_iter().map(Self::try_from).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let read = |(name, value)| Ok((name, Self::try_from(value)?));
                Self::Object(members.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            fixed => Self::Fixed(fixed),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_filled_in_wherever_they_stand() {
        let value =
            json!({ "sub": { "value": "{nonce}", "essential": true }, "list": ["{state}"] });
        let template = JsonTemplate::try_from(value).unwrap();
        let filled = template.fill(&|placeholder| Some(placeholder.name().to_owned()));
        let right = json!({ "sub": { "value": "nonce", "essential": true }, "list": ["state"] });
        assert_eq!(filled, Some(right));
        assert_eq!(template.templates().len(), 2);
        assert!(JsonTemplate::try_from(json!(["{nobody}"])).is_err());
    }
}
