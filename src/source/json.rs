//! JSON as its author wrote it: each value knows its position.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Mistake, Source};

/// A value in a JSON file, and its position.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a> {
    raw: &'a RawValue,
    start: usize,
}

impl<'a> Json<'a> {
    /// Parses a file, checking only that it is JSON.
    ///
    /// # Errors
    /// What is not JSON, and where.
    pub fn read(source: &'a Source) -> Result<Self, Mistake> {
        let raw: &RawValue = serde_json::from_str(&source.text).map_err(|error| {
            let before = source.text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let line: usize = before.map(str::len).sum();
            let at = line + error.column().saturating_sub(1);
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            let right = "fix it here, or export the file again";
            Mistake::new(at..at, format!("this is not JSON: {said}"), right)
        })?;
        Ok(Self { raw, start: raw.get().as_ptr().addr() - source.text.as_ptr().addr() })
    }

    /// Its position in the file, in bytes.
    pub fn span(self) -> Range<usize> {
        self.start..self.start + self.raw.get().len()
    }

    /// Its members by name, if it is an object; of two with the same name, the last.
    pub fn members(self) -> Option<BTreeMap<String, Self>> {
        let members: BTreeMap<String, &RawValue> = self.taken_apart()?;
        Some(members.into_iter().map(|(name, raw)| (name, self.inside(raw))).collect())
    }

    /// The member with this name, if it is an object that has it and the value is not null.
    pub fn get(self, name: &str) -> Option<Self> {
        self.members()?.remove(name).filter(|value| !value.is_null())
    }

    /// Its elements, if it is a list.
    pub fn items(self) -> Option<Vec<Self>> {
        let items: Vec<&RawValue> = self.taken_apart()?;
        Some(items.into_iter().map(|raw| self.inside(raw)).collect())
    }

    /// Its text, if it is a string.
    pub fn text(self) -> Option<String> {
        self.taken_apart()
    }

    /// Its value, if it is true or false.
    pub fn flag(self) -> Option<bool> {
        self.taken_apart()
    }

    /// The text of a string, and numbers, true and false as they are written.
    pub fn plain(self) -> Option<String> {
        let written = self.raw.get();
        match written.as_bytes().first() {
            Some(b'"') => self.text(),
            Some(b'{' | b'[') | None => None,
            _ => Some(written.to_owned()),
        }
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        self.raw.get() == "null"
    }

    /// Its type, in a word.
    pub fn kind(self) -> &'static str {
        match self.raw.get().as_bytes().first() {
            Some(b'"') => "text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    fn taken_apart<T: Deserialize<'a>>(self) -> Option<T> {
        serde_json::from_str(self.raw.get()).ok()
    }

    /// A part of it, which is borrowed from the same text.
    fn inside(self, raw: &'a RawValue) -> Self {
        let offset = raw.get().as_ptr().addr() - self.raw.get().as_ptr().addr();
        Self { raw, start: self.start + offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_where_they_stand() {
        let source = Source::new("a.json", " {\n \"a\": [1, {\"b\": \"\\u0041\"}] }");
        let json = Json::read(&source).unwrap();
        let item = json.get("a").unwrap().items().unwrap()[1];
        let value = item.get("b").unwrap();
        assert_eq!(value.text().unwrap(), "A");
        assert_eq!(&source.text[value.span()], "\"\\u0041\"");
        assert_eq!((item.kind(), value.kind()), ("an object", "text"));
    }

    #[test]
    fn what_is_no_json_has_a_place() {
        let source = Source::new("a.json", "{\n  \"a\": 1,\n  }");
        let mistake = Json::read(&source).unwrap_err();
        assert_eq!(source.line(mistake.span.start), 3);
        assert!(mistake.what.contains("not JSON"), "{}", mistake.what);
    }
}
