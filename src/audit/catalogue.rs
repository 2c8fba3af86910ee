//! Loaded questions and threats, whose cases are known to exist.

use super::file::{Asked, QuestionFile, Refused, ThreatFile};

/// All questions and threats of an audit.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The questions, in the order of the table.
    pub questions: Vec<Question>,
    /// The threats, in the order of reports.
    pub threats: Vec<Threat>,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question(pub QuestionFile);

/// A threat.
#[derive(Clone, Debug)]
pub struct Threat(pub ThreatFile);

impl Question {
    /// Its name.
    pub fn id(&self) -> &str {
        self.0.id.get_ref()
    }

    /// Whether it asks if codes work for a client; then a client that may not use codes means no.
    pub fn asks_for_codes(&self) -> bool {
        self.0.refused == Refused::No && self.0.clients == Asked::WithUsers
    }

    /// Whether the case is one of its cases.
    pub fn rests_on(&self, case: &str) -> bool {
        self.0.cases.iter().any(|id| id.get_ref() == case)
    }
}

impl Threat {
    /// Its name.
    pub fn id(&self) -> &str {
        self.0.id.get_ref()
    }

    /// The cases of each set.
    pub fn sets(&self) -> impl Iterator<Item = Vec<&str>> {
        self.0.closed_by.iter().map(|set| set.0.iter().map(|id| id.get_ref().as_str()).collect())
    }
}

impl Catalogue {
    /// Whether any question or threat depends on the case.
    pub fn rests_on(&self, case: &str) -> bool {
        self.questions.iter().any(|question| question.rests_on(case))
            || self.threats.iter().any(|it| it.sets().flatten().any(|id| id == case))
    }

    /// The question with this id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id() == id)
    }
}
