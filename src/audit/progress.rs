//! The progress of each client: done, ready to switch, blocked or unknown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Given};
use super::catalogue::Question;
use super::file::{Grant, Topic};

/// The progress of a client towards code with PKCE.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Code with PKCE works for it, and no deprecated grant gives it tokens.
    Done,
    /// A deprecated grant gives it tokens, and everything that it needs to switch works.
    CanSwitch,
    /// Something that it needs does not work.
    Blocked,
    /// Not everything could be tested.
    Unknown,
    /// It does not sign users in.
    NotApplicable,
}

impl Progress {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::CanSwitch => "can switch",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
            Self::NotApplicable => "no sign-in",
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The progress of a client, why it is no further, and the deprecated grants that give it tokens.
pub(super) fn progress(
    answers: &[Given],
    is_implicit: bool,
    questions: &[&Question],
) -> (Progress, String, Vec<Grant>) {
    let given = |question: &&&Question| answers.iter().find(|it| it.question == question.id());
    let moving = questions.iter().filter(|it| counts(it, is_implicit)).filter_map(|it| given(&it));
    let worst = moving.max_by_key(|given| given.answer);
    let kept = questions.iter().filter(|it| it.0.kept.is_some());
    let is = |question: &&&Question, answer| given(question).is_some_and(|it| it.answer == answer);
    let alive: Vec<_> =
        kept.clone().filter(|it| is(it, Answer::No)).filter_map(|it| it.0.kept).collect();
    let doubt = kept.filter(|it| is(it, Answer::Unknown)).find_map(|it| given(&it));
    let (found, why) = match worst {
        Some(given) if given.answer == Answer::No => (Progress::Blocked, given.why()),
        Some(given) if given.answer == Answer::Unknown => (Progress::Unknown, given.why()),
        _ => match (doubt, alive.is_empty(), worst.map(|given| given.answer)) {
            (Some(given), true, _) => (Progress::Unknown, given.why()),
            (_, false, _) => (Progress::CanSwitch, ""),
            (None, true, Some(Answer::Yes)) => (Progress::Done, ""),
            (None, true, _) => (Progress::NotApplicable, ""),
        },
    };
    (found, why.to_owned(), alive)
}

/// Whether the question decides if a client, registered for implicit or not, can move.
pub(super) fn counts(question: &Question, is_implicit: bool) -> bool {
    question.0.decides == Some(Topic::Moving) && (is_implicit || !question.0.only_leaving)
}
