//! Text that is safe to print, and the marks around values in it.

/// The marks around a value in our text: noncharacters.
pub(super) const MARKS: [char; 2] = ['\u{fdd0}', '\u{fdd1}'];

/// A value in our text: it was or will be sent over the network and is searched for secrets, unlike
/// our own words.
pub fn quoted(value: &str) -> String {
    let [begin, end] = MARKS;
    format!("{begin}{}{end}", value.replace(MARKS, ""))
}

/// The text without control characters other than line breaks and tabs, and without characters that
/// change the direction of writing: nothing that a server sends may control a terminal.
pub fn printable(text: &str) -> String {
    text.split(steers).collect()
}

/// Whether the character controls a terminal or the direction of writing, or is one of our marks.
pub(super) fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || MARKS.contains(&c) || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// The text with characters that steer a terminal written out, as in `\u{0}`.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// The text as one word of the shell.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
