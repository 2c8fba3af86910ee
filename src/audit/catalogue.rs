//! Questions and threats as they are once loaded, every case that they name known to be there.

use super::file::{QuestionFile, ThreatFile};

/// All that an audit asks.
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

    /// Whether the case is one of those that say so.
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
    /// Whether any question or threat rests on the case.
    pub fn rests_on(&self, case: &str) -> bool {
        self.questions.iter().any(|question| question.rests_on(case))
            || self.threats.iter().any(|it| it.sets().flatten().any(|id| id == case))
    }

    /// The question of that name.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id() == id)
    }
}
