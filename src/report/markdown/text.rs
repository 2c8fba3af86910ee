//! Escapes text for Markdown.

use std::iter::once;

use crate::wire::{printable, shortened};

/// The maximum length of a text, in characters.
const TEXT_LIMIT: usize = 4000;

/// A text escaped for prose, on one line. Text between backticks is code, as in
/// suite files.
pub(in crate::report) fn prose(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<_> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        1 if !part.trim().is_empty() => code(part),
        1 => escaped(&format!("`{part}`")),
        _ => escaped(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Escapes all characters with a meaning (CommonMark §2.4), such as a dash at the beginning.
fn escaped(text: &str) -> String {
    let means = |(index, c): (usize, char)| {
        c.is_ascii_punctuation() && !",;'\"(/?%-".contains(c) || c == '-' && index == 0
    };
    let escaped = |at: (usize, char)| once('\\').filter(move |_| means(at)).chain(once(at.1));
    text.char_indices().flat_map(escaped).collect()
}

/// A text as code on one line.
pub(in crate::report) fn code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space separates the text from the fence if the text begins or ends with a backtick.
    let gap = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// A text as a block of code.
pub(super) fn fenced(text: &str) -> String {
    let text = printable(&shortened(text, TEXT_LIMIT));
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

fn one_line(text: &str) -> String {
    printable(&shortened(text, TEXT_LIMIT)).replace(['\n', '\t'], " ")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(prose("a *b* <i>\n[c](d)"), r"a \*b\* \<i\> \[c\](d\)");
        assert_eq!(prose("send `a_b`, - not `"), r"send \`a\_b\`, - not \`");
        assert_eq!(prose("send `a_b`, always"), "send `a_b`, always");
        assert_eq!(prose("- a www.b.c"), r"\- a www\.b\.c");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fenced("```\n</details>"), "````text\n```\n</details>\n````");
    }
}
