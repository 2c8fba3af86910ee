//! Makes texts of servers and files safe for a page.

use crate::wire::printable;

/// The maximum length of a text, in characters.
pub(super) const TEXT_LIMIT: usize = 2000;

/// The text without control and invalid characters, limited to a number of characters.
pub(super) fn clean(text: &str, limit: usize) -> String {
    // An upper limit for the rest.
    let end = text.char_indices().nth(limit.saturating_mul(2)).map_or(text.len(), |(at, _)| at);
    let text = printable(&text[..end]);
    let mut kept: String = text.chars().filter(|c| is_character(*c)).take(limit + 1).collect();
    if let Some((cut, _)) = kept.char_indices().nth(limit) {
        kept.truncate(cut);
        kept.push('…');
    }
    kept
}

/// Whether the character is allowed in HTML, and does not disturb the text around it.
fn is_character(c: char) -> bool {
    let is_none = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    let is_mark = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}');
    !is_none && !is_mark
}

/// The parts of a sentence from a suite file, and whether each is between backticks.
pub(in crate::report) fn spans(text: &str) -> Vec<(bool, &str)> {
    text.split('`').enumerate().map(|(index, part)| (index % 2 == 1, part)).collect()
}

/// The text wrapped to a number of characters per line, and limited to a number of lines.
pub(super) fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars() {
        if lines.last().is_some_and(|line| line.chars().count() >= width) {
            if lines.len() == most {
                if let Some(last) = lines.last_mut() {
                    last.pop();
                    last.push('…');
                }
                return lines;
            }
            let last = lines.last_mut().map(std::mem::take).unwrap_or_default();
            // Break at a space if there is one.
            let (kept, moved) = match last.rfind([' ', '&', ',', '/']) {
                Some(at) if at >= width / 3 => last.split_at(at + 1),
                _ => (last.as_str(), ""),
            };
            let (kept, moved) = (kept.to_owned(), moved.to_owned());
            lines.pop();
            lines.extend([kept, moved]);
        }
        if let Some(line) = lines.last_mut() {
            line.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_left_out_and_what_is_long_is_cut() {
        assert_eq!(clean("a\u{202e}b\u{0}c\u{1b}[1m\u{fffe}\u{200f}", 99), "abc[1m");
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("abc", 3), "abc");
    }

    #[test]
    fn code_stands_between_backticks() {
        assert_eq!(spans("keep `state` too"), [(false, "keep "), (true, "state"), (false, " too")]);
    }

    #[test]
    fn lines_break_at_blanks_where_there_are_any() {
        assert_eq!(wrapped("one two three", 8, 3), ["one two ", "three"]);
        assert_eq!(wrapped("onetwothree", 4, 2), ["onet", "wot…"]);
        assert_eq!(wrapped("one", 3, 2), ["one"]);
    }
}
