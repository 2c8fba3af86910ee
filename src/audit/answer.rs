//! Answers: yes, no, does not apply, or unknown, which never counts as any of the others.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to a question that is phrased so that yes is good.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The question does not arise.
    NotApplicable,
    /// All results confirm it.
    Yes,
    /// It could not be tested, or not completely.
    Unknown,
    /// A result refutes it.
    No,
}

impl Answer {
    /// Combines answers that must all be yes: the worst of them.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::NotApplicable)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "does not apply",
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A case that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// `suite/case`, with `@client` appended if each client runs it.
    pub case: Arc<str>,
    /// What was seen, or why nothing was seen; redacted.
    pub seen: Arc<str>,
}

impl Basis {
    /// What is known without a case.
    pub(super) fn of_no_case(seen: &str) -> Self {
        Self { case: "".into(), seen: seen.into() }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// The id of the question.
    pub question: String,
    /// The answer.
    pub answer: Answer,
    /// The cases that decided it; if the answer is yes, all of its cases.
    pub evidence: Vec<Basis>,
}

impl Given {
    /// The reason in short: what the first deciding case says.
    pub fn why(&self) -> &str {
        self.evidence.first().map_or("", |ground| &*ground.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_yes() {
        use Answer::{No, NotApplicable, Unknown, Yes};
        assert_eq!(Answer::all([Yes, Unknown, NotApplicable]), Unknown);
        assert_eq!(Answer::all([Yes, NotApplicable]), Yes);
        assert_eq!(Answer::all([Unknown, No, Yes]), No);
        assert_eq!(Answer::all([]), NotApplicable);
    }
}
