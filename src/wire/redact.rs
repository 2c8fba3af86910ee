//! Redaction by provenance: every secret was minted or received by us, so each has a name.

use url::form_urlencoded;

/// The shortest value that is looked for inside other text; a shorter one would hide innocent words.
const SHORTEST: usize = 6;

/// Secret and volatile values, and what is shown in their place.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Value as it may stand in a text, and its name; longest value first.
    names: Vec<(String, String)>,
}

impl Names {
    /// Shows `[name]` wherever the value stands from now on; the first name of a value holds.
    pub fn add(&mut self, value: &str, name: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let percent = encoded.replace('+', "%20");
        let json = serde_json::to_string(value).unwrap_or_default();
        let json = json.trim_matches('"').to_owned();
        let html = value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        for form in [value.to_owned(), encoded, percent, json, html] {
            self.insert(form, format!("[{name}]"));
        }
    }

    /// Shows `shown` wherever the text stands from now on.
    pub fn replace(&mut self, text: &str, shown: &str) {
        self.insert(text.to_owned(), shown.to_owned());
    }

    /// Adds all that another list knows.
    pub fn extend(&mut self, other: &Self) {
        for (value, name) in &other.names {
            self.insert(value.clone(), name.clone());
        }
    }

    /// The text with every known value replaced, and without control characters.
    ///
    /// Longest first, so that a token is not half-hidden by a shorter one inside it.
    pub fn hide(&self, text: &str) -> String {
        let text = self.names.iter().fold(text.to_owned(), |text, (value, name)| {
            if text.contains(value) { text.replace(value, name) } else { text }
        });
        printable(&text)
    }

    fn insert(&mut self, value: String, name: String) {
        if value.is_empty() || self.names.iter().any(|(known, _)| *known == value) {
            return;
        }
        let at = self.names.partition_point(|(known, _)| known.len() >= value.len());
        self.names.insert(at, (value, name));
    }
}

/// The text without control characters other than line breaks and tabs: nothing that a server
/// sends may steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A header field as it may be shown: of credentials, only their kind and their names.
pub fn shown_header(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => {
            format!("{} [credentials]", value.split(' ').next().unwrap_or_default())
        }
        "cookie" => {
            let name =
                |pair: &str| format!("{}=[cookie]", pair.split('=').next().unwrap_or_default());
            value.split("; ").map(name).collect::<Vec<_>>().join("; ")
        }
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
            let name = pair.split('=').next().unwrap_or_default();
            format!("{name}=[cookie];{attributes}")
        }
        "dpop" | "dpop-nonce" => format!("[{name}]"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_in_every_spelling() {
        let mut names = Names::default();
        names.add("s3cret+/ x", "secret");
        names.add("s3cret+/ x-longer", "token");
        for (text, hidden) in [
            ("a s3cret+/ x b", "a [secret] b"),
            ("s3cret+/ x-longer", "[token]"),
            ("q=s3cret%2B%2F+x&r", "q=[secret]&r"),
            ("q=s3cret%2B%2F%20x&r", "q=[secret]&r"),
            ("\u{1b}[31mred\u{7}", "[31mred"),
        ] {
            assert_eq!(names.hide(text), hidden);
        }
    }

    #[test]
    fn short_values_hide_nothing() {
        let mut names = Names::default();
        names.add("a", "state");
        assert_eq!(names.hide("banana"), "banana");
    }
}
