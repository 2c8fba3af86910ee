//! What is wrong with a value, before it is known where in a file it stands.

use std::ops::Range;

use super::Mistake;

/// What is wrong with a value, and what would be right. It reveals no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong, as a fragment.
    pub what: String,
    /// What would be right, as a sentence, or empty if `what` already says it.
    pub right: String,
}

impl Flaw {
    /// Both halves.
    pub fn new(what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { what: what.into(), right: right.into() }
    }

    /// The same, beginning with what it is wrong with.
    #[must_use]
    pub fn of(self, subject: &str) -> Self {
        Self { what: format!("{subject} {}", self.what), ..self }
    }

    /// A mistake at `span`.
    pub fn at(self, span: Range<usize>) -> Mistake {
        Mistake::new(span, self.what, self.right)
    }
}
