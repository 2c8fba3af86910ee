//! Requirements as the rules of SARIF.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::log::{Configuration, Help, Rule, Tags, Text};
use crate::oauth::Level;
use crate::report::Record;
use crate::report::case_summary::{CaseSummary, STALE, summaries};
use crate::report::evidence::RequirementEntry;
use crate::report::markdown::prose;
use crate::run::Verdict;

/// The rules of a run, with their indices.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    places: HashMap<String, usize>,
}

impl Rules {
    /// The requirements of all cases of the run.
    pub(super) fn of(record: &Record) -> Self {
        let mut rules = Self::default();
        for case in summaries(record).filter(|it| it.entry.verdict != Verdict::NotApplicable) {
            let requirements = case.evidence.map(|evidence| evidence.requirements.as_slice());
            for requirement in requirements.unwrap_or_default() {
                rules.place(rule(requirement));
            }
        }
        rules
    }

    /// The id and index of the rule that a case is about.
    pub(super) fn about(&mut self, case: CaseSummary<'_>) -> (String, usize) {
        let rule = case.requirement().map_or_else(|| bare_rule(case), rule);
        (rule.id.clone(), self.place(rule))
    }

    /// The id and index of the rule that entries of `known.toml` must not be stale.
    pub(super) fn stale(&mut self) -> (String, usize) {
        let help = Help { text: STALE.to_owned(), markdown: prose(STALE) };
        let what = "A known deviation must still occur.";
        let rule = with_help("authspec/stale".to_owned(), "stale", Level::Must, what, help);
        (rule.id.clone(), self.place(rule))
    }

    fn place(&mut self, rule: Rule) -> usize {
        if let Some(place) = self.places.get(&rule.id) {
            return *place;
        }
        let place = self.all.len();
        self.places.insert(rule.id.clone(), place);
        self.all.push(rule);
        place
    }
}

/// A short digest that identifies results across runs.
pub(in crate::report) fn digest(text: &str, bytes: usize) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// A requirement as a rule. The rules of a section are distinguished by their text.
fn rule(requirement: &RequirementEntry) -> Rule {
    let RequirementEntry { cite, level, sentence, why, fix, .. } = requirement;
    let url = cite.url();
    let advice = [("Why", why), ("How to fix it", fix)];
    let advice: Vec<_> =
        advice.iter().filter_map(|(word, text)| Some((*word, text.as_ref()?))).collect();
    let mut text = vec![sentence.clone()];
    text.extend(advice.iter().map(|(word, advice)| format!("{word}: {advice}")));
    text.push(format!("{cite}: {url}"));
    let mut markdown = vec![prose(sentence)];
    markdown.extend(advice.iter().map(|(word, advice)| format!("**{word}:** {}", prose(advice))));
    markdown.push(format!("[{}]({})", prose(&cite.to_string()), url));
    let help = Help { text: text.join("\n\n"), markdown: markdown.join("\n\n") };
    let id = format!("{cite}/{}", digest(sentence, 4));
    let name = format!("{cite} {level}");
    let mut rule = with_help(id, &name, *level, sentence, help);
    rule.help_uri = Some(url);
    rule.properties.tags.push(cite.specification.clone());
    rule
}

/// The rule of a case without evidence.
fn bare_rule(case: CaseSummary<'_>) -> Rule {
    let requirement = case.cited();
    let help = Help { text: requirement.clone(), markdown: prose(&requirement) };
    let cite = case.entry.cites.first().map(ToString::to_string);
    with_help(
        cite.unwrap_or_else(|| requirement.clone()),
        &requirement,
        case.entry.level,
        &requirement,
        help,
    )
}

fn with_help(id: String, name: &str, level: Level, what: &str, help: Help) -> Rule {
    let level = match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May => "note",
    };
    let text = || Text { text: what.to_owned() };
    Rule {
        id,
        name: name.to_owned(),
        short_description: text(),
        full_description: text(),
        help,
        help_uri: None,
        default_configuration: Configuration { level },
        properties: Tags { tags: vec!["oauth".to_owned(), "security".to_owned()] },
    }
}
