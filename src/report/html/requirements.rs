//! The requirements of a run by specification, each with the verdicts of its cases.

use std::collections::BTreeMap;

use super::super::record::Record;
use super::super::symbol::{badness, capped, symbol};
use super::text::{TEXT_LIMIT, clean};
use crate::oauth::{Cite, Level};
use crate::run::Verdict;

/// A case of a requirement.
#[derive(Clone, Debug)]
pub(super) struct Chip {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) client_class: String,
}

impl Chip {
    pub(super) fn symbol(&self) -> &'static str {
        symbol(self.verdict)
    }
}

/// A requirement that some case of the run proves.
#[derive(Clone, Debug)]
pub(super) struct RequirementView {
    pub(super) cite: Cite,
    pub(super) url: String,
    pub(super) level: Level,
    pub(super) sentence: String,
    /// The worst verdict of its cases.
    pub(super) verdict: Verdict,
    pub(super) chips: Vec<Chip>,
}

impl RequirementView {
    pub(super) fn symbol(&self) -> &'static str {
        symbol(self.verdict)
    }
}

/// A specification.
#[derive(Clone, Debug)]
pub(super) struct Specification {
    pub(super) name: String,
    pub(super) requirements: Vec<RequirementView>,
}

impl Specification {
    /// The number of its requirements with this verdict.
    pub(super) fn count(&self, verdict: &Verdict) -> usize {
        self.requirements.iter().filter(|it| it.verdict == *verdict).count()
    }
}

/// The requirements of a run, in the order of the specifications and their sections.
pub(super) fn specifications(record: &Record, chips: &[Chip]) -> Vec<Specification> {
    let mut found: BTreeMap<_, RequirementView> = BTreeMap::new();
    for ((case, evidence), chip) in record.cases().zip(chips) {
        let none = case.cites.iter().map(|cite| (cite, case.level, ""));
        let requirements = evidence
            .map(|it| it.requirements.iter().map(|it| (&it.cite, it.level, it.sentence.as_str())));
        let requirements: Vec<_> = requirements.map_or_else(|| none.collect(), Iterator::collect);
        for (cite, level, sentence) in requirements {
            let key = (cite.place(), std::cmp::Reverse(level), sentence);
            let entry = found.entry(key).or_insert_with(|| RequirementView {
                url: cite.url(),
                cite: cite.clone(),
                level,
                sentence: clean(sentence, TEXT_LIMIT),
                verdict: Verdict::NotApplicable,
                chips: Vec::new(),
            });
            let verdict = capped(chip.verdict, level);
            if badness(verdict) > badness(entry.verdict) {
                entry.verdict = verdict;
            }
            entry.chips.push(chip.clone());
        }
    }
    let mut specifications: Vec<Specification> = Vec::new();
    for requirement in found.into_values() {
        let name = &requirement.cite.specification;
        match specifications.last_mut().filter(|last| last.name == *name) {
            Some(last) => last.requirements.push(requirement),
            None => specifications
                .push(Specification { name: name.clone(), requirements: vec![requirement] }),
        }
    }
    specifications
}
