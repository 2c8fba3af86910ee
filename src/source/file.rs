//! Files, and positions in them.

use std::ops::Range;
use std::sync::OnceLock;

use super::secret::Masked;

/// A file: the name to show for it, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user knows it, such as `suites/pkce.toml`.
    pub name: String,
    /// Its content.
    pub text: String,
    /// The notation of secrets in it, if it may contain any: no message shows them.
    secrets: Option<Notation>,
    /// Where each line ends, once somebody asks.
    line_ends: OnceLock<Vec<usize>>,
}

/// The format of a file that may contain secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    Toml,
    Json,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text, self.secrets) == (&other.name, &other.text, other.secrets)
    }
}

impl Eq for Source {}

impl Source {
    /// A file with this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), secrets: None, line_ends: OnceLock::new() }
    }

    /// A file that may contain secrets, which no message shows.
    pub fn of_secrets(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { secrets: Some(Notation::Toml), ..Self::new(name, text) }
    }

    /// A Postman file that may contain secrets.
    pub fn of_secrets_in_json(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { secrets: Some(Notation::Json), ..Self::new(name, text) }
    }

    /// The name without the folders.
    pub fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }

    /// The line of a byte, counted from 1.
    pub fn line(&self, byte: usize) -> usize {
        let ends = || self.text.match_indices('\n').map(|(at, _)| at).collect();
        self.line_ends.get_or_init(ends).partition_point(|end| *end < byte) + 1
    }

    /// The line and the column of a byte, counted from 1.
    pub(super) fn place(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(byte.min(self.text.len()))];
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (self.line(byte), column)
    }

    /// The first position of `word` in `part`, or all of `instead` if it is not there.
    pub fn word(&self, word: &str, part: Range<usize>, instead: Range<usize>) -> Range<usize> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let text = self.text.get(part.clone()).unwrap_or_default();
        let at = text.match_indices(word).map(|(at, _)| at).find(|at| {
            !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
        });
        at.map_or(instead, |at| part.start + at..part.start + at + word.len())
    }

    /// The lines from the table header before `byte` up to the next one.
    pub fn table(&self, byte: usize) -> Range<usize> {
        let (before, after) = self.text.split_at(byte.min(self.text.len()));
        let start = before.rfind("\n[").map_or(0, |at| at + 1);
        start..after.find("\n[").map_or(self.text.len(), |at| before.len() + at)
    }

    /// The text as messages show it, and the position of a span in it.
    pub(super) fn shown(&self, span: &Range<usize>) -> (String, Range<usize>) {
        let span = self.visible(span);
        let masked = match self.secrets {
            None => return (self.text.clone(), span),
            Some(Notation::Toml) => Masked::new(&self.text),
            Some(Notation::Json) => Masked::json(&self.text),
        };
        let part = masked.part(&span);
        (masked.text, part)
    }

    /// A span that can be shown: on one line and, if there is text, not empty.
    fn visible(&self, span: &Range<usize>) -> Range<usize> {
        let text = self.text.as_str();
        let start = text.floor_char_boundary(span.start.min(text.len().saturating_sub(1)));
        let line = text[start..].lines().next().unwrap_or_default();
        let end = span.end.clamp(start, start + line.len());
        let first = line.chars().next().map_or(0, char::len_utf8);
        start..end.max(start + first)
    }
}
