//! Text that is safe to print, and the marks around values in it.

/// What stands around a value in a text of ours: characters that are none.
pub(super) const MARKS: [char; 2] = ['\u{fdd0}', '\u{fdd1}'];

/// A value in a text of ours: what came over the wire, or goes there, and is searched for secrets, which
/// our own words are not.
pub fn quoted(value: &str) -> String {
    let [begin, end] = MARKS;
    format!("{begin}{}{end}", value.replace(MARKS, ""))
}

/// The text without control characters other than line breaks and tabs, nor such as turn the
/// direction of writing: nothing that a server sends may steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| !steers(*c)).collect()
}

/// Whether the character steers a terminal, or the direction of writing, or marks a value of ours.
pub(super) fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || MARKS.contains(&c) || (c.is_control() && !matches!(c, '\n' | '\t'))
}
