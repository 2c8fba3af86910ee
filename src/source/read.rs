//! Reading a TOML file into closed types, and going on after a mistake.
//!
//! Serde stops at the first mistake. Here the words it stumbled over are taken out of the tree and
//! the rest is read again, until nothing is wrong any more: the types stay the only description of
//! the format, and the author still hears of every mistake at once.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use super::Mistake;

/// A file: the name to show for it, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user knows it, such as `suites/pkce.toml`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl Source {
    /// A file of that name with that text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The line on which a byte stands, counted from 1.
    pub fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    /// A span that can be shown: on one line and, where the text has one there, not empty.
    pub(super) fn visible(&self, span: &Range<usize>) -> Range<usize> {
        let length = self.text.len();
        let start = span.start.min(length.saturating_sub(1));
        let rest = &self.text.as_bytes()[start..span.end.clamp(start, length)];
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(start + rest.len(), |at| start + at);
        start..end.max((start + 1).min(length))
    }
}

/// Reads `source` as a `T`.
///
/// Returns what could be read, with the mistaken parts left out, beside every mistake. Nothing is
/// read from a file that is not TOML, or that lacks a word it cannot do without.
pub fn read<T: DeserializeOwned>(source: &Source) -> (Option<T>, Vec<Mistake>) {
    let (mut tree, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        return (None, errors.iter().map(mistake).collect());
    }
    let mut mistakes = Vec::new();
    loop {
        match T::deserialize(Deserializer::from(tree.clone())) {
            Ok(value) => return (Some(value), mistakes),
            Err(error) => {
                let mistake = mistake(&error);
                let span = mistake.span.clone();
                mistakes.push(mistake);
                if !take_from_table(tree.get_mut(), &span) {
                    return (None, mistakes);
                }
            }
        }
    }
}

fn mistake(error: &toml::de::Error) -> Mistake {
    let message = error.message();
    // A message of ours holds both halves; serde's own has the alternatives behind a comma.
    let (what, right) = message
        .split_once("; ")
        .or_else(|| message.split_once(", expected "))
        .unwrap_or((message, ""));
    let right = match nearest(what, right) {
        Some(word) => format!("did you mean `{word}`? expected {right}"),
        None if right.is_empty() => String::new(),
        None if message.contains("; ") => right.to_owned(),
        None => format!("expected {right}"),
    };
    Mistake::new(error.span().unwrap_or(0..0), what, right)
}

/// The expected word that is nearest to the unknown one, where one is near.
fn nearest<'a>(what: &str, right: &'a str) -> Option<&'a str> {
    let unknown = what.strip_prefix("unknown ")?.split('`').nth(1)?;
    right
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|word| (strsim::damerau_levenshtein(unknown, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}

/// Takes out of the table the innermost entry that `span` is about; says whether there was one.
fn take_from_table(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    if table.iter_mut().any(|(_, value)| take_from_value(value, span)) {
        return true;
    }
    let hit = table
        .iter()
        .find(|(key, value)| key.span() == *span || value.span() == *span)
        .or_else(|| table.iter().find(|(_, value)| encloses(&value.span(), span)))
        .map(|(key, _)| key.clone());
    hit.is_some_and(|key| table.remove(&key).is_some())
}

fn take_from_value<'i>(value: &mut Spanned<DeValue<'i>>, span: &Range<usize>) -> bool {
    match value.get_mut() {
        DeValue::Table(table) => take_from_table(table, span),
        DeValue::Array(array) => {
            if array.iter_mut().any(|value| take_from_value(value, span)) {
                return true;
            }
            let count = array.len();
            let kept = std::mem::replace(array, DeArray::new()).into_iter();
            *array = kept.filter(|value| value.span() != *span).collect::<DeArray<'i>>();
            array.len() < count
        }
        _ => false,
    }
}

fn encloses(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
