//! Hides secrets in the text of a file, however mistaken it is.

use std::ops::Range;

use strsim::damerau_levenshtein;

use super::secret_json;

/// Words whose values are secret, also if they are misspelt or part of another word.
const WORDS: &[&str] =
    &["secret", "password", "passwd", "credential", "authorization", "apikey", "privatekey"];

/// Tables and keys whose values may all be secret, whatever they are called.
const TABLES: &[&str] = &["header", "headers", "body", "query"];

/// Replaces a value.
const MASK: &str = "…";

/// The text without the values of secrets, and the original positions.
pub(super) struct Masked {
    pub(super) text: String,
    /// The values, in order.
    values: Vec<Range<usize>>,
}

impl Masked {
    /// Removes what may be secret, judging by the words before it: nothing else is known about a
    /// file that cannot be read.
    pub(super) fn new(text: &str) -> Self {
        let (mut values, mut start, mut in_table, mut open) = (Vec::new(), 0, false, None);
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim_start();
            if let Some(quotes) = open {
                // A multi-line string continues.
                let end = line.find(quotes);
                let value = start..start + end.unwrap_or(line.trim_end().len());
                values.extend((!value.is_empty()).then_some(value));
                open = open.filter(|_| end.is_none());
            } else if trimmed.starts_with('[') && !trimmed.contains('=') {
                in_table = words(trimmed).any(|(_, word)| TABLES.contains(&word));
            } else {
                let found = in_line(line, in_table);
                open = found.last().and_then(|last| {
                    opened(&line[..last.start]).filter(|_| {
                        !line[last.end..].contains("\"\"\"") && !line[last.end..].contains("'''")
                    })
                });
                values.extend(found.into_iter().map(|it| start + it.start..start + it.end));
            }
            start += line.len();
        }
        Self::without(text, values)
    }

    /// Does the same for JSON, in Postman's format.
    pub(super) fn json(text: &str) -> Self {
        Self::without(text, secret_json::values(text))
    }

    fn without(text: &str, values: Vec<Range<usize>>) -> Self {
        let (mut masked, mut rest) = (String::new(), 0);
        for value in &values {
            masked += &text[rest..value.start];
            masked += MASK;
            rest = value.end;
        }
        masked += &text[rest..];
        Self { text: masked, values }
    }

    /// The position in the masked text of a part of the text.
    pub(super) fn part(&self, part: &Range<usize>) -> Range<usize> {
        let moved = |at: usize, is_end: bool| {
            let mut left_out = 0;
            for value in self.values.iter().take_while(|value| value.start < at) {
                if at < value.end {
                    return value.start - left_out + if is_end { MASK.len() } else { 0 };
                }
                left_out += value.len();
                left_out = left_out.wrapping_sub(MASK.len());
            }
            at.wrapping_sub(left_out)
        };
        let start = moved(part.start, false);
        start..moved(part.end, true).max(start)
    }
}

/// The values in a line that may be secret.
fn in_line(line: &str, in_table: bool) -> Vec<Range<usize>> {
    let content = line.trim_end();
    if content.trim_start().starts_with('#') {
        return Vec::new();
    }
    let (mut found, mut from) = (Vec::<Range<usize>>::new(), 0);
    let mut all = in_table;
    let starts: Vec<_> = words(content).collect();
    for (at, word) in starts {
        let is_inside = at < from;
        if is_inside {
            continue;
        }
        all |= TABLES.contains(&word);
        let is_key =
            content[at + word.len()..].trim_start_matches(['"', '\'', ' ', '\t']).starts_with('=');
        let may_be = is_secret(word) || (all && is_key);
        let is_set = is_key && names_keys(word);
        if !may_be && !is_set {
            continue;
        }
        let Some(begin) = value_after(content, at + word.len()) else {
            if is_key && opened(content).is_some() {
                // The value begins on the next line.
                found.push(content.len()..content.len());
            }
            continue;
        };
        if !may_be {
            // A file has the keys, or else they are there in full.
            found.extend(json_text(content, begin));
            from = found.last().map_or(from, |it| it.end);
            continue;
        }
        let is_whole = !content[begin..].starts_with(['{', '[', ']', '}', '.', ','])
            || is_placeholder(&content[begin..]);
        if !is_whole && is_secret(word) && is_key && content[begin..].starts_with(['{', '[']) {
            // A list or table is no less secret for being in the wrong place.
            found.push(begin..content.len());
            from = content.len();
        }
        if !is_whole {
            // A table of its own, or the rest of a dotted key.
            continue;
        }
        let end = end_of_value(content, begin);
        from = end;
        let value = &content[begin..end];
        if !value.is_empty() && !value.starts_with("env:") && !is_placeholder(value) {
            found.push(begin..end);
        }
    }
    found
}

/// Where the value of a key begins that ends here.
fn value_after(content: &str, end: usize) -> Option<usize> {
    let gap = |c: char| c.is_whitespace() || "=:\"'`".contains(c);
    content[end..].find(|c| !gap(c)).map(|begin| end + begin)
}

/// Where the value ends that begins here: at its quote, if it has one.
fn end_of_value(content: &str, begin: usize) -> usize {
    let quote = content[..begin].chars().next_back().filter(|c| "\"'".contains(*c));
    let end = match quote {
        Some(quote) => closing(&content[begin..], quote),
        None => content[begin..].find([',', '}']),
    };
    end.map_or(content.len(), |end| begin + end)
}

/// A value that begins here, if it is JSON in quotes.
fn json_text(content: &str, begin: usize) -> Option<Range<usize>> {
    let is_json =
        content[..begin].ends_with(['"', '\'']) && content[begin..].starts_with(['{', '[']);
    is_json.then(|| begin..end_of_value(content, begin))
}

/// The position of the quote that ends a value; an escaped quote inside of it does not count.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && quote == '"' && !is_escaped;
        ends.then_some(at)
    })
}

/// The quotes of a multi-line string that begins at the end of this.
fn opened(before: &str) -> Option<&'static str> {
    ["\"\"\"", "'''"].into_iter().find(|quotes| before.ends_with(quotes))
}

/// Whether it is a placeholder rather than a value.
fn is_placeholder(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    name.is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c))
    })
}

/// The words of a line, with their positions.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + line[rest..].find(is_part)?;
        let end = line[start..].find(|c| !is_part(c)).map_or(line.len(), |end| start + end);
        rest = end;
        Some((start, &line[start..end]))
    })
}

/// Whether a value with this name is a set of private keys, or the name of a file with one.
fn names_keys(word: &str) -> bool {
    damerau_levenshtein(&word.to_ascii_lowercase(), "keys") <= 1 || word.contains("jwk")
}

/// Whether a value with this name is secret; the name may be misspelt.
fn is_secret(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace(['-', '_'], "");
    let near = |known: &&str| word.contains(*known) || damerau_levenshtein(&word, known) <= 2;
    word == "otp" || word.len() > 3 && word != "server" && WORDS.iter().any(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_left_out_whatever_is_wrong_with_the_line() {
        for (line, shown) in [
            ("secret = \"s3cret\"", "secret = \"…\""),
            ("secret = \"s3cret", "secret = \"…"),
            ("secret = s3cret", "secret = …"),
            ("secret \"s3cret\"", "secret \"…\""),
            ("secrte = \"s3cret\" # why", "secrte = \"…\" # why"),
            ("client.web.secret = 's3cret'", "client.web.secret = '…'"),
            ("user.alice.pasword = \"a \\\" b\", x", "user.alice.pasword = \"…\", x"),
            (
                "web = { id = \"a\", secret = \"b\", c = 1 }",
                "web = { id = \"a\", secret = \"…\", c = 1 }",
            ),
            ("header = { x-tenant = \"acme\" }", "header = { x-tenant = \"…\" }"),
            ("[token.header]\nx-key = \"acme\"", "[token.header]\nx-key = \"…\""),
            ("secret = \"\"\"s3\ncret\"\"\"\nid = \"a\"", "secret = \"\"\"…\n…\"\"\"\nid = \"a\""),
            ("secret = \"\"\"\ns3\ncret\"\"\"", "secret = \"\"\"…\n…\n…\"\"\""),
            ("keys = '{\"d\":\"s3cret\"}'", "keys = '…'"),
            ("keys = \"{\\\"d\\\":1}\" # a", "keys = \"…\" # a"),
            ("keys = '''\n{\"d\":\n1}'''\na = 1", "keys = '''…\n…\n…'''\na = 1"),
            ("keys = \"bank.jwks\"", "keys = \"bank.jwks\""),
            ("secret = \"env:SECRET\"", "secret = \"env:SECRET\""),
            ("\"#password\" = \"{user.password}\"", "\"#password\" = \"{user.password}\""),
            ("otp = \"GEZDGNBVGY3TQOJQ\"", "otp = \"…\""),
            ("auth = \"client_secret_basic\"", "auth = \"client_secret_basic\""),
            ("secret = [\"s3cret\"]", "secret = …"),
            ("id = \"web\"", "id = \"web\""),
        ] {
            assert_eq!(Masked::new(line).text, shown, "{line}");
        }
    }

    #[test]
    fn parts_keep_their_places() {
        let text = "secret = \"s3cret-and-long\"\nid = 1";
        let masked = Masked::new(text);
        let id = text.find("id").unwrap();
        assert_eq!(&masked.text[masked.part(&(id..id + 2))], "id");
        assert_eq!(&masked.text[masked.part(&(10..25))], "…");
        assert_eq!(&masked.text[masked.part(&(0..6))], "secret");
    }
}
