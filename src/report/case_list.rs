//! The cases that a run would try.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::format_version::FormatVersion;
use super::style::Style;
use crate::oauth::{Cite, Level};
use crate::run::{Plan, PlanKind};
use crate::source::counted;
use crate::target::Target;

/// How many columns there have to be behind the ids for sentences.
const NARROW: usize = 60;

/// The cases that a run would try.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "authspec list")]
pub struct CaseList {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The target's name.
    pub target: String,
    /// Which specifications are in force.
    pub ruleset: String,
    /// The cases, in the order of the suites.
    pub cases: Vec<ListedCase>,
}

/// A case that would be tried.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListedCase {
    /// `suite/case`, with `@client` behind it where each client tries it.
    pub id: String,
    /// The client that would act, by its name in the target file.
    pub client: Option<String>,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// The sections that ask for it, the one that speaks strongest first.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Cite>,
    /// What that one says.
    pub sentence: String,
    /// Where the case stands, as `file:line`.
    pub place: String,
    /// Whether it looks at the answers of all other cases.
    pub invariant: bool,
    /// Why it would be skipped; none where it would be tried.
    pub skipped: Option<String>,
}

impl CaseList {
    /// What these plans for the target are.
    pub fn new(target: &Target, ruleset: &str, plans: &[Plan]) -> Self {
        let (target, ruleset) = (target.name.clone(), ruleset.to_owned());
        Self {
            format_version: FormatVersion,
            target,
            ruleset,
            cases: plans.iter().map(listed).collect(),
        }
    }

    /// A line for each, no longer than the terminal is wide.
    ///
    /// # Errors
    /// When the terminal is gone.
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
