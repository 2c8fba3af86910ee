//! Reads the values of a block, and collects mistakes in them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::variables::{Resolved, Variables};
use crate::source::{Json, Mistake, nearest};

/// Reads the values of one block. Each is read once; values left over are unknown.
pub(super) struct Reader<'a> {
    pub(super) variables: &'a Variables,
    pub(super) mistakes: &'a mut Vec<Mistake>,
    values: BTreeMap<String, Json<'a>>,
    /// The location of each value, read or not.
    spans: BTreeMap<String, Range<usize>>,
    /// The location of the block.
    pub(super) span: Range<usize>,
}

impl<'a> Reader<'a> {
    /// The values of a block: a list of keys and values since version 2.1, an object before.
    pub(super) fn new(
        block: Json<'a>,
        variables: &'a Variables,
        mistakes: &'a mut Vec<Mistake>,
    ) -> Self {
        let mut values = BTreeMap::new();
        if let Some(members) = block.members() {
            values = members;
        } else if let Some(items) = block.items() {
            for item in items {
                match item.get("key").and_then(Json::text) {
                    Some(key) => values.extend(item.get("value").map(|value| (key, value))),
                    None => {
                        let right = "write `{ \"key\": \"…\", \"value\": \"…\" }`";
                        mistakes.push(Mistake::new(item.span(), "a value without a key", right));
                    }
                }
            }
        } else {
            let what = format!("{} where the values of OAuth 2.0 belong", block.kind());
            let right = "write a list of keys and values, or an object";
            mistakes.push(Mistake::new(block.span(), what, right));
        }
        values.retain(|_, value| !value.is_null());
        let spans = values.iter().map(|(key, value)| (key.clone(), value.span())).collect();
        Self { variables, mistakes, values, spans, span: block.span() }
    }

    pub(super) fn wrong(
        &mut self,
        span: Range<usize>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.mistakes.push(Mistake::new(span, what, right));
    }

    /// Whether there is, or was, a value under the key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.spans.contains_key(key)
    }

    /// The location of the value, else of the whole block.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.spans.get(key).unwrap_or(&self.span).clone()
    }

    /// The value, if there is one.
    pub(super) fn take(&mut self, key: &str) -> Option<Json<'a>> {
        self.values.remove(key)
    }

    /// A text, with its variables replaced. An empty text counts as missing.
    pub(super) fn text(&mut self, key: &str) -> Option<Resolved> {
        let value = self.take(key)?;
        let Some(text) = value.plain() else {
            let what = format!("{} where the text of `{key}` belongs", value.kind());
            self.wrong(value.span(), what, "write text in quotes");
            return None;
        };
        Some(self.variables.resolve(text.trim())).filter(|resolved| !resolved.text.is_empty())
    }

    /// Whether the value is true.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        self.take(key).and_then(Json::plain).as_deref() == Some("true")
    }

    /// One of these words; any other word is a mistake.
    pub(super) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let span = self.span_of(key);
        let said = self.text(key)?;
        if let [missing, ..] = said.missing.as_slice() {
            let what = format!("the {key} comes from the variable `{missing}`, which has no value");
            self.wrong(span, what, "name the environment, as in `--postman-environment env.json`");
            return None;
        }
        let said = said.text;
        let found = words.iter().find(|(word, _)| *word == said).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let near = nearest(&said, words.iter().map(|(word, _)| *word));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let right = format!("{near}expected one of {}", known.join(", "));
            self.wrong(span, format!("unknown {key} `{said}`"), right);
        }
        found
    }

    /// The keys that were not read.
    pub(super) fn rest(self) -> Vec<String> {
        self.values.into_keys().collect()
    }
}
