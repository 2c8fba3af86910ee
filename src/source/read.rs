//! Reads a TOML file into closed types, and continues after a mistake.
//!
//! Serde stops at the first mistake. Here the words that caused it are removed from the tree and
//! the rest is read again, until there are no more mistakes: the types stay the only description of
//! the format, and the author still gets all mistakes at once.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer, Error};

use super::serde_messages::{plain, suggestion};
use super::{Mistake, Source};

/// An entry that was removed from the tree because it was mistaken.
struct Taken {
    /// The table that contained it.
    table: Range<usize>,
    /// Its key, or the key that was meant.
    key: String,
}

/// Reads `source` as a `T`.
///
/// Returns what could be read, without the mistaken parts, and all mistakes. Returns nothing for a
/// file that is not TOML, or that lacks a required word.
pub fn read<T: DeserializeOwned>(source: &Source) -> (Option<T>, Vec<Mistake>) {
    let parsed = || DeTable::parse_recoverable(&source.text);
    let (tree, errors) = parsed();
    if !errors.is_empty() {
        return (None, syntax(source, &errors));
    }
    if let Ok(value) = T::deserialize(Deserializer::from(tree)) {
        return (Some(value), Vec::new());
    }
    // Most files have no mistake, and need no copies.
    let (mut tree, _) = parsed();
    let (mut mistakes, mut taken) = (Vec::new(), Vec::new());
    loop {
        match T::deserialize(Deserializer::from(tree.clone())) {
            Ok(value) => return (Some(value), mistakes),
            Err(error) => {
                let table = tree.span();
                let span = error.span().unwrap_or_else(|| table.clone());
                let mistake = mistake(source, &error);
                let meant = suggestion(&mistake.what, &mistake.right).map(str::to_owned);
                if !is_consequence(&error, &span, &taken) {
                    mistakes.push(mistake);
                }
                let Some(entry) = take_from_table(tree.get_mut(), &table, &span) else {
                    return (None, mistakes);
                };
                let meant = meant.map(|key| Taken { table: entry.table.clone(), key });
                taken.extend(meant.into_iter().chain([entry]));
            }
        }
    }
}

/// Whether a word is only missing because it was mistaken and removed.
fn is_consequence(error: &Error, span: &Range<usize>, taken: &[Taken]) -> bool {
    let missing = error.message().strip_prefix("missing field ").unwrap_or_default();
    taken.iter().any(|it| it.table == *span && it.key == missing.trim_matches('`'))
}

fn mistake(source: &Source, error: &Error) -> Mistake {
    let span = error.span().unwrap_or(0..0);
    plain(error.message(), source.text.get(span.clone()).unwrap_or_default()).at(span)
}

/// What is not TOML: the first mistake of each line, up to where the parser cannot continue.
fn syntax(source: &Source, errors: &[Error]) -> Vec<Mistake> {
    let mut found: Vec<_> = errors.iter().map(|error| mistake(source, error)).collect();
    found.sort_by_key(|mistake| mistake.span.start);
    let lost = errors.iter().filter(|error| error.message().starts_with("missing comma"));
    let lost = lost.filter_map(Error::span).map(|span| span.start).min();
    let (mut lines, mut second) = (Vec::new(), 0..0);
    found.retain(|Mistake { what, span, .. }| {
        let line = source.line(span.start);
        if lines.contains(&line)
            || second.contains(&span.start)
            || lost.is_some_and(|at| at < span.start)
        {
            return false;
        }
        lines.push(line);
        let table = source.table(span.start);
        // Everything in a table of the same name is reported a second time.
        if what.starts_with("a second ") && source.line(table.start) == line {
            second = table;
        }
        true
    });
    found
}

/// Removes the innermost entry at `span` from the table.
fn take_from_table(
    table: &mut DeTable<'_>,
    at: &Range<usize>,
    span: &Range<usize>,
) -> Option<Taken> {
    if let Some(taken) = table.iter_mut().find_map(|(_, value)| take_from_value(value, span)) {
        return Some(taken);
    }
    let key = table
        .iter()
        .find(|(key, value)| key.span() == *span || value.span() == *span)
        .or_else(|| table.iter().find(|(_, value)| encloses(&value.span(), span)))
        .map(|(key, _)| key.clone())?;
    table.remove(&key)?;
    Some(Taken { table: at.clone(), key: key.into_inner().into_owned() })
}

fn take_from_value<'i>(value: &mut Spanned<DeValue<'i>>, span: &Range<usize>) -> Option<Taken> {
    let at = value.span();
    match value.get_mut() {
        DeValue::Table(table) => take_from_table(table, &at, span),
        DeValue::Array(array) => {
            if let Some(taken) = array.iter_mut().find_map(|value| take_from_value(value, span)) {
                return Some(taken);
            }
            let count = array.len();
            let kept = std::mem::replace(array, DeArray::new()).into_iter();
            *array = kept.filter(|value| value.span() != *span).collect::<DeArray<'i>>();
            (array.len() < count).then(|| Taken { table: at, key: String::new() })
        }
        _ => None,
    }
}

fn encloses(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
