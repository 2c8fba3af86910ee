//! Names of redacted values, as Postman variables.

use std::collections::BTreeMap;

use super::collection::Variable;
use crate::suite::Placeholder;

/// The variables of a collection, with descriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

/// The variable for credentials that a case has changed.
const CHANGED: &str = "changed_credentials";

impl Variables {
    /// The text with `{{name}}` for each `[name]`, and for each `{name}` of a value made by a case.
    ///
    /// The text is form-encoded, so other brackets are encoded.
    pub(super) fn put(&mut self, text: &str) -> String {
        // Postman must not replace braces from servers.
        let text = text.replace("{{", "%7B%7B");
        let (mut done, mut rest) = (String::new(), text.as_str());
        while let Some(at) = rest.find(['[', '{']) {
            let close = if rest[at..].starts_with('[') { ']' } else { '}' };
            let name = rest[at + 1..].split(close).next().unwrap_or_default();
            let end = at + name.len() + 2;
            if is_name(name) && rest.get(end - 1..end) == Some(&close.to_string()) {
                done += &rest[..at];
                done += &self.named(name);
                rest = &rest[end..];
            } else {
                done += &rest[..=at];
                rest = &rest[at + 1..];
            }
        }
        done + rest
    }

    /// The variable for a placeholder of the suites.
    pub(super) fn of(&mut self, placeholder: Placeholder) -> String {
        self.named(placeholder.name())
    }

    /// The variable for credentials that a case has changed.
    pub(super) fn changed(&mut self) -> String {
        let about = "The text after Basic or Bearer, as in the description of the request.";
        self.0.insert(CHANGED.to_owned(), about.to_owned());
        format!("{{{{{CHANGED}}}}}")
    }

    /// All variables, empty, sorted by name.
    pub(super) fn declared(self) -> Vec<Variable> {
        let declared = self.0.into_iter().map(|(key, description)| Variable {
            key,
            value: String::new(),
            kind: "string",
            description,
        });
        declared.collect()
    }

    fn named(&mut self, name: &str) -> String {
        let known = Placeholder::ALL.iter().find(|(_, known, _)| *known == name);
        let about = match known {
            Some((.., about)) => (*about).to_owned(),
            None => format!("The value {name} from the server or the target file."),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let key = name.replace(|c| !is_plain(c), "_");
        let variable = format!("{{{{{key}}}}}");
        self.0.insert(key, about);
        variable
    }
}

/// Whether it is a name from authspec, and not part of an address or a list.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variables_and_nothing_else_does() {
        let mut variables = Variables::default();
        for (text, put) in [
            ("code=[code]&x=[other.client.secret]", "code={{code}}&x={{other_client_secret}}"),
            ("secret={client.secret}x", "secret={{client_secret}}x"),
            ("http://[::1]:1/cb", "http://[::1]:1/cb"),
            ("a={{vault}}&b=[", "a=%7B%7Bvault}}&b=["),
        ] {
            assert_eq!(variables.put(text), put);
        }
        let declared = variables.declared();
        let keys: Vec<_> = declared.iter().map(|variable| variable.key.as_str()).collect();
        assert_eq!(keys, ["client_secret", "code", "other_client_secret"]);
    }
}
