//! Hides secrets in the text of a JSON file, valid or not.

use std::ops::Range;

/// Members whose values are never secret, anywhere in a Postman file.
const PLAIN: &[&str] = &["key", "type", "name", "schema", "_postman_variable_scope"];

/// The values that may be secret: all strings, numbers and words, except for those of the members
/// above and the names of variables.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut key, mut at) = (Vec::new(), "", 0);
    while let Some(c) = text[at..].chars().next() {
        let begin = at;
        match c {
            '"' => {
                let end = closing(&text[at + 1..]).map_or(text.len(), |end| at + 1 + end);
                let inside = begin + 1..end;
                at = text.len().min(end + 1);
                if text[at..].trim_start().starts_with(':') {
                    key = &text[inside];
                } else if !PLAIN.contains(&key) && !is_variable(&text[inside.clone()]) {
                    found.push(inside);
                }
            }
            c if c.is_alphanumeric() || "-+.".contains(c) => {
                let ends = |c: char| c.is_whitespace() || ",]}:\"".contains(c);
                at = text[at..].find(ends).map_or(text.len(), |end| begin + end);
                let is_word = ["true", "false", "null"].contains(&&text[begin..at]);
                found.extend((!is_word && !PLAIN.contains(&key)).then_some(begin..at));
            }
            c => at += c.len_utf8(),
        }
    }
    found.retain(|value| !value.is_empty());
    found
}

/// The position of the quote that ends a string, or of the end of the line, as no string continues
/// on the next.
fn closing(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped || c == '\n';
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    name.is_some_and(|name| !name.contains(['{', '}']))
}

#[cfg(test)]
mod tests {
    use super::super::secret::Masked;

    #[test]
    fn values_are_left_out_whatever_is_wrong_with_the_file() {
        for (text, shown) in [
            (r#"{"key":"clientSecret","value":"s3cret"}"#, r#"{"key":"clientSecret","value":"…"}"#),
            (r#"{"value":"s\"3","type":"any"}"#, r#"{"value":"…","type":"any"}"#),
            (r#"{"clientSecret" : "s3cret"#, r#"{"clientSecret" : "…"#),
            ("{\"password\": \"s3\ncret\"", "{\"password\": \"…\n…\""),
            (r#"{"value":["s3cret", 1234, true]}"#, r#"{"value":["…", …, true]}"#),
            (r#"{"value": s3cret }"#, r#"{"value": … }"#),
            (r#"{"value":"{{secret}}"}"#, r#"{"value":"{{secret}}"}"#),
            (r#"{"info":{"name":"Example"}}"#, r#"{"info":{"name":"Example"}}"#),
            ("", ""),
        ] {
            assert_eq!(Masked::json(text).text, shown, "{text}");
        }
    }
}
