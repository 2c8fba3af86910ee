//! JSON values with placeholders in their texts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::template::{Placeholder, Template};

/// Texts that stand for JSON.
const KEY_SETS: [&str; 3] = ["{keys}", "{next.keys}", "{encryption.keys}"];

/// A JSON value; texts in it may have placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Value")]
#[schemars(with = "Value")]
pub enum JsonTemplate {
    /// A text.
    Text(Template),
    /// A time, so many seconds from now, and how it is written: a number.
    Time(i64, String),
    /// What is JSON itself: a JWK Set.
    Keys(Template),
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
            Self::Text(template) | Self::Keys(template) => vec![template],
            Self::Fixed(_) | Self::Time(..) => Vec::new(),
            Self::List(values) => values.iter().flat_map(Self::templates).collect(),
            Self::Object(members) => members.values().flat_map(Self::templates).collect(),
        }
    }

    /// The value with every placeholder replaced, or `None` if one has no value.
    pub fn fill(&self, value: &dyn Fn(Placeholder) -> Option<String>) -> Option<Value> {
        Some(match self {
            Self::Text(template) => template.fill(value)?.into(),
            Self::Keys(template) => {
                let set = template.fill(value)?;
                serde_json::from_str(&set).unwrap_or_else(|_| set.into())
            }
            Self::Time(offset, written) => match value(Placeholder::Now)?.parse::<i64>() {
                Ok(now) => (now + offset).into(),
                // Nothing is sent.
                Err(_) => format!("[{written}]").into(),
            },
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
            Value::String(text) => match time(&text) {
                Some(time) => time?,
                None if KEY_SETS.contains(&&*text) => Self::Keys(text.parse()?),
                None => Self::Text(text.parse()?),
            },
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

/// A text that is nothing but a time, such as `{now-5m}`.
fn time(text: &str) -> Option<Result<JsonTemplate, String>> {
    let written = text.strip_prefix('{')?.strip_suffix('}')?;
    let offset = written.strip_prefix("now")?;
    let right =
        || format!("`{text}` is not a time; write one such as `{{now-5m}}` or `{{now+1h}}`");
    let seconds = match (offset.get(..1), offset.get(1..)) {
        (None, _) => Some(0),
        (Some(sign @ ("+" | "-")), Some(length)) => {
            let seconds = humantime::parse_duration(length).ok();
            let seconds = seconds.and_then(|it| i64::try_from(it.as_secs()).ok());
            seconds.map(|seconds| if sign == "-" { -seconds } else { seconds })
        }
        _ => None,
    };
    let time = seconds.map(|seconds| JsonTemplate::Time(seconds, written.to_owned()));
    Some(time.ok_or_else(right))
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
