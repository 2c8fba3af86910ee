//! Redaction by provenance: every secret was minted or received by us, so each has a name.

use url::form_urlencoded;

/// The shortest value that is looked for inside other text; a shorter one would hide innocent words.
const SHORTEST: usize = 6;

/// How many values are looked for. A server that hands out more than that is up to no good.
const MOST: usize = 2000;

/// Secret and volatile values, and what is shown in their place.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Value as it may stand in a text, and its name; longest value first.
    names: Vec<(String, String)>,
}

impl Names {
    /// Shows `[name]` wherever the value stands from now on; the first name of a value holds. A very
    /// short one is not looked for.
    pub fn add(&mut self, value: &str, name: &str) {
        if value.len() >= SHORTEST {
            self.add_secret(value, name);
        }
    }

    /// The same for what must never be seen: where it is very short, it is hidden as a word of its
    /// own.
    pub fn add_secret(&mut self, value: &str, name: &str) {
        self.add_made(value, &format!("[{name}]"));
    }

    /// The same for what was made of a secret, with what is shown of it as a whole.
    pub fn add_made(&mut self, value: &str, shown: &str) {
        for form in spellings(&printable(value)) {
            self.insert(form, shown.to_owned());
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
        if self.names.len() > MOST {
            return "[hidden, as the server handed out too many secrets]".to_owned();
        }
        // A control character must not part a value, as long as it is going to be left out.
        self.names.iter().fold(printable(text), |text, (value, name)| match text.contains(value) {
            true if value.len() < SHORTEST => with_word_replaced(&text, value, name),
            true => text.replace(value, name),
            false => text,
        })
    }

    fn insert(&mut self, value: String, name: String) {
        let is_enough = self.names.len() > MOST;
        if value.is_empty() || is_enough || self.names.iter().any(|(known, _)| *known == value) {
            return;
        }
        let at = self.names.partition_point(|(known, _)| known.len() >= value.len());
        self.names.insert(at, (value, name));
    }
}

/// The value as it may stand in a text: as it is, in a URL, in a form, in JSON, in a page.
fn spellings(value: &str) -> Vec<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if value.bytes().all(is_plain) {
        return vec![value.to_owned()];
    }
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let encoded = encode(value);
    let percent = encoded.replace('+', "%20");
    let small = |text: &str| {
        let mut parts = text.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let (digits, rest) = part.split_at(2);
            text + "%" + &digits.to_ascii_lowercase() + rest
        })
    };
    let json = serde_json::to_string(value).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let html = |quote: &str, apostrophe: &str| {
        let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', quote);
        [text.clone(), text.replace('>', "&gt;").replace('\'', apostrophe)]
    };
    let mut all = vec![value.to_owned(), small(&encoded), small(&percent), encode(&percent)];
    all.extend([encoded, percent, json.replace('/', "\\/"), json]);
    all.extend(html("&quot;", "&#39;"));
    let [_, strict] = html("&#34;", "&#x27;");
    all.extend([strict.replace('/', "&#x2f;"), strict]);
    all.extend(html("&quot;", "&#x27;"));
    all
}

/// Replaces the value where no other letter or digit goes on with its own; those of a character that
/// is percent-encoded before it are none.
fn with_word_replaced(text: &str, value: &str, name: &str) -> String {
    let joins = |one: Option<char>, other: Option<char>| {
        let is_part = |c: char| c.is_alphanumeric();
        one.is_some_and(is_part) && other.is_some_and(is_part)
    };
    let (mut shown, mut rest) = (String::new(), 0);
    for (at, _) in text.match_indices(value) {
        let (before, after) = (&text[..at], &text[at + value.len()..]);
        let is_escaped = before.chars().rev().nth(2) == Some('%');
        let starts = is_escaped || !joins(before.chars().next_back(), value.chars().next());
        if starts && !joins(value.chars().next_back(), after.chars().next()) {
            shown += &text[rest..at];
            shown += name;
            rest = at + value.len();
        }
    }
    shown + &text[rest..]
}

/// The text without control characters other than line breaks and tabs, nor such as turn the
/// direction of writing: nothing that a server sends may steer a terminal.
pub fn printable(text: &str) -> String {
    let steers = |c: char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (c.is_control() && !matches!(c, '\n' | '\t'))
    };
    text.chars().filter(|c| !steers(*c)).collect()
}

/// The beginning of the text, up to the last blank within `limit` characters, so that no value is
/// cut in two, which could not be recognised any more.
pub fn shortened(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let end = text[..end].rfind(char::is_whitespace).unwrap_or_default();
    format!("{}…", &text[..end])
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
            // Without a name, all of it is the value.
            let name = pair.split_once('=').map_or("", |(name, _)| name);
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
    fn short_values_hide_nothing_else() {
        let mut names = Names::default();
        names.add("an", "state");
        names.add_secret("na", "password");
        assert_eq!(names.hide("banana, an or na"), "banana, an or [password]");
        assert_eq!(names.hide("a=na&b=%3Dna"), "a=[password]&b=%3D[password]");
    }

    #[test]
    fn nothing_is_cut_in_two() {
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("onetwothree", 9), "…");
        assert_eq!(shortened("one two", 9), "one two");
    }

    #[test]
    fn too_many_values_hide_everything() {
        let mut names = Names::default();
        (0..=MOST).for_each(|index| names.add(&format!("value-{index}"), "code"));
        assert!(!names.hide("value-1 and more").contains("more"));
    }
}
