//! Coverage: which requirements have cases, and why the others have none.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sentences::{Sentence, SentenceTotals};
use crate::oauth::cite::specifications;
use crate::oauth::{Cite, Level};
use crate::report::format_version::FormatVersion;
use crate::suite::{Proof, Requirement, Ruleset, Suites};

/// Which requirements of the specifications in force have cases.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec coverage")]
pub struct Coverage {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The rulesets, taken together.
    pub rulesets: Vec<String>,
    /// The specifications in force that have requirements.
    pub specifications: Vec<SpecificationCoverage>,
    /// The totals, in which a case that proves several requirements counts once.
    pub totals: Totals,
}

/// The requirements of one specification.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SpecificationCoverage {
    /// Its short name.
    pub name: String,
    /// The requirements, in the order of its sections.
    pub requirements: Vec<CoverageEntry>,
    /// Its totals.
    pub totals: Totals,
    /// The status of all its sentences with a keyword; none if they are not listed yet.
    #[serde(default)]
    pub sentences: Option<SentenceTotals>,
}

/// One requirement and what proves it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CoverageEntry {
    /// The section.
    pub cite: Cite,
    /// Its URL.
    pub url: String,
    /// Its level.
    pub level: Level,
    /// Its text.
    pub sentence: String,
    /// Its cases, or its invariant, by id.
    pub cases: Vec<String>,
    /// The cases of other requirements that prove it, by id.
    pub see: Vec<String>,
    /// Why no case can test it.
    pub untested: Option<String>,
}

/// The totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Requirements.
    pub requirements: usize,
    /// Requirements that cases prove.
    pub tested: usize,
    /// Requirements that no case can prove.
    pub untested: usize,
    /// The cases and invariants that prove them, each once.
    pub cases: usize,
}

impl Coverage {
    /// The coverage of the requirements of any of these rulesets.
    pub fn new(suites: &Suites, rulesets: &[(&str, &Ruleset)], sentences: &[Sentence]) -> Self {
        let mut found: Vec<_> = suites
            .suites
            .iter()
            .flat_map(|suite| &suite.requirements)
            .filter_map(|requirement| entry(requirement, rulesets))
            .collect();
        found.sort_by_key(|entry| entry.cite.place());
        let totals = Totals::of(&found);
        let of_specification = |name: &str| {
            let own = found.iter().filter(|entry| entry.cite.specification == name);
            let requirements: Vec<_> = own.cloned().collect();
            let totals = Totals::of(&requirements);
            let sentences = SentenceTotals::of(sentences, name);
            SpecificationCoverage { name: name.to_owned(), requirements, totals, sentences }
        };
        let specifications = specifications().map(of_specification);
        Self {
            format_version: FormatVersion,
            rulesets: rulesets.iter().map(|(name, _)| (*name).to_owned()).collect(),
            specifications: specifications.filter(|it| it.totals.requirements > 0).collect(),
            totals,
        }
    }
}

/// The requirement, unless it is not in force or all its cases are void.
fn entry(requirement: &Requirement, rulesets: &[(&str, &Ruleset)]) -> Option<CoverageEntry> {
    let Requirement { cite, level, sentence, proof, .. } = requirement;
    let in_force: Vec<_> = rulesets.iter().filter(|(_, ruleset)| ruleset.holds(cite)).collect();
    let ids = requirement.proven_by().into_iter();
    let ids = ids.filter(|id| in_force.iter().any(|(_, ruleset)| !ruleset.voids(id)));
    let ids: Vec<_> = ids.map(str::to_owned).collect();
    let untested = match proof {
        Proof::Untested(why) => Some(why.clone()),
        _ => None,
    };
    if in_force.is_empty() || ids.is_empty() && untested.is_none() {
        return None;
    }
    let (cases, see) = if requirement.refers() { (Vec::new(), ids) } else { (ids, Vec::new()) };
    let (cite, sentence, url) = (cite.clone(), sentence.clone(), cite.url());
    Some(CoverageEntry { cite, url, level: *level, sentence, cases, see, untested })
}

impl Totals {
    fn of(entries: &[CoverageEntry]) -> Self {
        let untested = entries.iter().filter(|entry| entry.untested.is_some()).count();
        let cases = entries.iter().flat_map(|entry| entry.cases.iter().chain(&entry.see));
        Self {
            requirements: entries.len(),
            tested: entries.len() - untested,
            untested,
            cases: cases.collect::<BTreeSet<_>>().len(),
        }
    }

    fn row(self, name: &str) -> String {
        let Self { requirements, tested, untested, cases } = self;
        format!("| {name} | {requirements} | {tested} | {untested} | {cases} |")
    }
}

impl fmt::Display for Coverage {
    /// As Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = "Requirements that are known, under the rulesets";
        writeln!(f, "# Coverage\n\n{known} {}.\n", self.rulesets.join(", "))?;
        writeln!(f, "| Specification | Requirements | Tested | Untested | Cases |")?;
        writeln!(f, "|---|--:|--:|--:|--:|")?;
        for SpecificationCoverage { name, totals, .. } in &self.specifications {
            writeln!(f, "{}", totals.row(name))?;
        }
        writeln!(f, "{}", self.totals.row("All, each case once"))?;
        self.sentences(f)?;
        for SpecificationCoverage { name, requirements, .. } in &self.specifications {
            writeln!(f, "\n## {name}\n")?;
            writeln!(f, "| Section | Level | Requirement | Proof |\n|---|---|---|---|")?;
            for entry in requirements {
                writeln!(f, "{}", entry.row())?;
            }
        }
        Ok(())
    }
}

impl Coverage {
    /// The share of each text, measured by all its sentences with a keyword.
    fn sentences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nOf all sentences of these texts that have a keyword (RFC2119), those that bind the server are either \
             proven by cases or have a reason why no case can prove them; `coverage/` has each by section and place.\n"
        )?;
        writeln!(f, "| Specification | Sentences | Bind the server | Tested | With a reason |")?;
        writeln!(f, "|---|--:|--:|--:|--:|")?;
        for SpecificationCoverage { name, sentences, .. } in &self.specifications {
            match sentences {
                Some(SentenceTotals { all, binding, tested, untested }) => {
                    writeln!(f, "| {name} | {all} | {binding} | {tested} | {untested} |")?;
                }
                None => writeln!(f, "| {name} | not counted yet | | | |")?,
            }
        }
        Ok(())
    }
}

impl CoverageEntry {
    fn row(&self) -> String {
        let Self { cite, url, level, sentence, .. } = self;
        let (sentence, proof) = (table_cell(sentence), self.proof());
        format!("| [§{}]({url}) | {level} | {sentence} | {proof} |", cite.section)
    }

    fn proof(&self) -> String {
        let list = |ids: &[String]| {
            ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join("<br>")
        };
        match &self.untested {
            Some(why) => format!("untested: {}", table_cell(why)),
            None if self.cases.is_empty() => format!("see {}", list(&self.see)),
            None => list(&self.cases),
        }
    }
}

/// Text, escaped for a table cell.
pub(in crate::report) fn table_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
