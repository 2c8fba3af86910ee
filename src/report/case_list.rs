//! The cases that a run would execute.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::format_version::FormatVersion;
use super::style::Style;
use crate::oauth::{Cite, Level};
use crate::run::{Plan, PlanKind};
use crate::source::counted;
use crate::target::Target;

/// The minimum width after the ids for showing sentences, in columns.
const NARROW: usize = 60;

/// The cases that a run would execute.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "authspec list")]
pub struct CaseList {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The target's name.
    pub target: String,
    /// The ruleset.
    pub ruleset: String,
    /// The cases, in the order of the suites.
    pub cases: Vec<ListedCase>,
}

/// A case in the list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListedCase {
    /// `suite/case`, with `@client` appended if each client runs it.
    pub id: String,
    /// The name of the client that would act.
    pub client: Option<String>,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// The sections that require it, strongest first.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Cite>,
    /// The text of the strongest requirement.
    pub sentence: String,
    /// The location of the case, as `file:line`.
    pub place: String,
    /// Whether it checks the answers of all other cases.
    pub invariant: bool,
    /// Why it would be skipped; none if it would run.
    pub skipped: Option<String>,
}

impl CaseList {
    /// The list of these plans for the target.
    pub fn new(target: &Target, ruleset: &str, plans: &[Plan]) -> Self {
        let (target, ruleset) = (target.name.clone(), ruleset.to_owned());
        Self {
            format_version: FormatVersion,
            target,
            ruleset,
            cases: plans.iter().map(listed).collect(),
        }
    }

    /// Writes one line per case, cut to the width of the terminal.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let length = |case: &ListedCase| case.id.chars().count();
        let width = self.cases.iter().map(length).max().unwrap_or(0);
        for case in &self.cases {
            let gap = " ".repeat(width.saturating_sub(length(case)) + 2);
            let cite = case.cites.first().map(Cite::to_string).unwrap_or_default();
            let level = case.level.to_string();
            let room = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(width + 2));
            let sentence = if room < NARROW { "" } else { &case.sentence };
            let rest = format!("{cite:<20} {level:<6}  {sentence}");
            let mut shown: String = rest.chars().take(room).collect();
            if shown.len() < rest.len() && shown.pop().is_some() {
                shown.push('…');
            }
            writeln!(out, "{}{gap}{}", style.id(&case.id), style.dim(shown.trim_end()))?;
        }
        let skipped = self.cases.iter().filter(|case| case.skipped.is_some()).count();
        let skipped = match skipped {
            0 => String::new(),
            count => {
                format!(", of which {count} would be skipped, as they do not apply to the target")
            }
        };
        let count = counted(self.cases.len(), "case");
        writeln!(out, "\n{count} under the ruleset {}{skipped}", self.ruleset)
    }
}

fn listed(plan: &Plan) -> ListedCase {
    let (_, _, sentence) = plan.requirement();
    let skipped = match &plan.what {
        PlanKind::NotApplicable(why) => Some(why.clone()),
        _ => None,
    };
    ListedCase {
        id: plan.id.clone(),
        client: plan.client().map(str::to_owned),
        level: plan.level,
        cites: plan.requirements.iter().map(|it| it.cite.clone()).collect(),
        sentence: sentence.to_owned(),
        place: format!("{}:{}", plan.file, plan.line),
        invariant: plan.is_invariant(),
        skipped,
    }
}
