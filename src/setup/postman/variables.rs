//! Variables, written in values as `{{name}}`.

use std::collections::BTreeMap;

use crate::source::Json;

/// How deep variables may refer to others, as in Postman itself.
const PASSES: usize = 20;

/// The maximum length of a value after replacement, in bytes.
const LONGEST: usize = 64 << 10;

/// A variable.
#[derive(Clone, Debug)]
struct Variable {
    value: String,
    /// Whether Postman masks it.
    secret: bool,
}

/// Variables by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Variable>);

/// A value with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The resulting text.
    pub(super) text: String,
    /// The variables without a value.
    pub(super) missing: Vec<String>,
    /// Whether one of its variables is secret in Postman.
    pub(super) secret: bool,
}

impl Variables {
    /// Adds the variables of a list, which override earlier ones.
    pub(super) fn take(&mut self, list: Json<'_>) {
        for entry in list.items().unwrap_or_default() {
            let flag = |name: &str| entry.get(name).and_then(Json::flag);
            if flag("enabled") == Some(false) || flag("disabled") == Some(true) {
                continue;
            }
            let text = |name: &str| entry.get(name).and_then(Json::plain);
            // Before version 2.1, a variable was named by its id.
            if let Some(name) = text("key").or_else(|| text("id")) {
                let value = text("value").unwrap_or_default();
                let secret = text("type").as_deref() == Some("secret");
                self.0.insert(name, Variable { value, secret });
            }
        }
    }

    /// Adds all variables of another list.
    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.clone());
    }

    /// The text, with every variable that has a value replaced.
    pub(super) fn resolve(&self, text: &str) -> Resolved {
        let mut resolved = Resolved { text: text.to_owned(), ..Resolved::default() };
        for _ in 0..PASSES {
            let before = resolved.text.clone();
            resolved.missing.clear();
            resolved.text = self.pass(&before, &mut resolved);
            if resolved.text == before || resolved.text.len() > LONGEST {
                break;
            }
        }
        // Variables that still change refer to each other in a circle.
        resolved.missing = names(&resolved.text).map(|(name, _)| name.to_owned()).collect();
        resolved
    }

    fn pass(&self, text: &str, resolved: &mut Resolved) -> String {
        let (mut done, mut rest) = (String::new(), 0);
        for (name, at) in names(text) {
            // Exported files have empty values for secrets.
            let known = self.0.get(name).filter(|variable| !variable.value.is_empty());
            if let Some(variable) = known {
                done += &text[rest..at];
                done += &variable.value;
                rest = at + name_in_braces(text, at);
                resolved.secret |= variable.secret;
            }
        }
        done + &text[rest..]
    }
}

/// The names of the variables in a text, and where their braces begin.
fn names(text: &str) -> impl Iterator<Item = (&str, usize)> {
    // A variable's braces may follow an unrelated brace.
    let braces = text.match_indices('{').filter(|(at, _)| text[*at..].starts_with("{{"));
    braces.filter_map(|(at, _)| {
        let inside = &text[at + 2..];
        let name = &inside[..inside.find("}}")?];
        (!name.is_empty() && !name.contains(['{', '}'])).then_some((name.trim(), at))
    })
}

/// The length of the variable that begins here, with its braces.
fn name_in_braces(text: &str, at: usize) -> usize {
    text[at..].find("}}").map_or(0, |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn variables_are_put_in_place_and_the_rest_is_named() {
        let text = r#"[
            {"key": "host", "value": "https://{{name}}"}, {"key": "name", "value": "as.example"},
            {"key": "secret", "value": "s3cret", "type": "secret"}, {"key": "empty", "value": ""},
            {"key": "off", "value": "x", "enabled": false}, {"key": "port", "value": 443},
            {"key": "round", "value": "{{and}}"}, {"key": "and", "value": "{{round}}"}
        ]"#;
        let source = Source::new("a", text);
        let mut variables = Variables::default();
        variables.take(Json::read(&source).unwrap());
        for (text, value, missing) in [
            ("{{host}}:{{ port }}/token", "https://as.example:443/token", vec![]),
            ("{{empty}}{{off}}", "{{empty}}{{off}}", vec!["empty".to_owned(), "off".to_owned()]),
            ("{{round}}", "{{round}}", vec!["round".to_owned()]),
            ("{{{name}}} {{", "{as.example} {{", vec![]),
        ] {
            let resolved = variables.resolve(text);
            assert_eq!((resolved.text.as_str(), resolved.missing), (value, missing));
        }
        assert!(variables.resolve("{{secret}}").secret && !variables.resolve("{{host}}").secret);
    }
}
