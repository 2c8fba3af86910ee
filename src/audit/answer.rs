//! Answers: yes, no, does not apply, or unknown, which never turns into anything else.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to a question that is put so that yes is good.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The question does not arise.
    NotApplicable,
    /// All that was looked at says so.
    Yes,
    /// We could not look, or not everywhere.
    Unknown,
    /// Something that was seen says no.
    No,
}

impl Answer {
    /// What several answers come to, all of which have to be yes: the worst of them.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::NotApplicable)
    }

    /// The word for it in reports.
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
    /// `suite/case`, with `@client` behind it where each client tries it.
    pub case: String,
    /// What was seen, or why nothing was, redacted.
    #[serde(rename = "seen")]
    pub says: String,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// The question, by its id.
    pub question: String,
    /// The answer.
    pub answer: Answer,
    /// The cases that decided; all that were looked at, where the answer is yes.
    #[serde(rename = "evidence")]
    pub grounds: Vec<Basis>,
}

impl Given {
    /// Why, in short: what the first case that decided says.
    pub fn why(&self) -> &str {
        self.grounds.first().map_or("", |ground| ground.says.as_str())
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
