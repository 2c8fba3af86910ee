//! Bodies: text that is parsed as JSON once, and that may be truncated.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::members::{Node, Unread};

/// The body of an answer, which is cheap to clone.
#[derive(Clone, Default)]
pub struct Body(Arc<Inner>);

#[derive(Default)]
struct Inner {
    text: String,
    /// Its original length, as far as it was read.
    whole: usize,
    /// Whether it was JSON before it was truncated.
    was_json: bool,
    json: OnceLock<Result<Node, Unread>>,
}

impl Body {
    /// Its content as JSON, parsed on the first call.
    pub(super) fn json(&self) -> Result<&Node, Unread> {
        self.0.json.get_or_init(|| Node::read(&self.0.text)).as_ref().map_err(|why| *why)
    }

    /// Whether it is JSON, or was before it was truncated.
    pub fn is_json(&self) -> bool {
        self.0.was_json || !matches!(self.json(), Err(Unread::NoJson))
    }

    /// How many bytes were read of it, whether they were kept or not.
    pub fn size(&self) -> usize {
        self.0.whole
    }

    /// Its approximate size in memory: parsed JSON is larger than its text.
    pub fn weight(&self) -> usize {
        let is_apart = self.0.json.get().is_some_and(Result::is_ok);
        self.0.text.len() * if is_apart { 8 } else { 1 }
    }

    /// Its first bytes, up to `limit`; the rest is dropped. No word is split.
    pub fn beginning(&self, limit: usize) -> Self {
        if self.0.text.len() <= limit {
            return self.clone();
        }
        let begin = &self.0.text[..self.0.text.floor_char_boundary(limit)];
        let end = begin.rfind(|c: char| c.is_whitespace() || c == '>').unwrap_or_default();
        let (text, was_json) = (begin[..end].to_owned(), self.is_json());
        Self(Arc::new(Inner { text, whole: self.0.whole, was_json, json: OnceLock::new() }))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        let (whole, was_json) = (text.len(), false);
        Self(Arc::new(Inner { text, whole, was_json, json: OnceLock::new() }))
    }
}

impl Deref for Body {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.text == other.0.text
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_still_known_by_its_size() {
        let body = Body::from(format!("{{\"a\": \"{}\"}}", "x".repeat(100)));
        let kept = body.beginning(20);
        assert_eq!((&*kept, kept.size(), kept.is_json()), ("{\"a\":", body.size(), true));
        assert_eq!(body.beginning(1000), body);
    }

    #[test]
    fn json_of_countless_values_is_not_read() {
        let many = |count: usize| Body::from(format!("[{}1]", "1,".repeat(count)));
        assert!(many(5_000).json().is_ok());
        assert_eq!(many(30_000).json(), Err(Unread::TooMuch));
        assert_eq!(Body::from("[".repeat(1 << 20)).json(), Err(Unread::NoJson));
    }
}
