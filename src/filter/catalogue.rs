//! The names that filters can use: suites, cases, sections, clients of the target, and the verdicts of
//! an earlier run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::matcher::Matcher;
use super::names::{Predicate, names_of, section_names, spec_names, suite_of};
use crate::run::Verdict;
use crate::source::{Mistake, nearest};
use crate::suite::Suites;
use crate::target::Target;

/// The names that filters can use.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// All cases and invariants of all rulesets.
    ids: BTreeSet<String>,
    /// The sections of their requirements.
    sections: BTreeSet<String>,
    specifications: BTreeSet<String>,
    clients: BTreeSet<String>,
    /// Cases that wait for something to expire.
    pub(super) slow: BTreeSet<String>,
    /// The verdicts of an earlier run, or why they are not available.
    earlier: Result<BTreeMap<String, Verdict>, String>,
}

impl Catalogue {
    /// The names in these suites, for this target, with these verdicts of an earlier run.
    pub fn new(
        suites: &Suites,
        target: &Target,
        earlier: Result<BTreeMap<String, Verdict>, String>,
    ) -> Self {
        let clients: BTreeSet<_> = target.clients.iter().map(|it| it.name.clone()).collect();
        let ids = suites.ids().into_iter().map(str::to_owned).collect();
        let requirements = || suites.suites.iter().flat_map(|suite| &suite.requirements);
        let sections = requirements().flat_map(|it| section_names(&it.cite)).collect();
        let specifications = requirements().flat_map(|it| spec_names(&it.cite.specification));
        let slow = suites.cases().filter(|case| case.slow.is_some());
        let slow = slow.map(|case| case.id.clone()).collect();
        let specifications = specifications.collect();
        Self { ids, sections, specifications, clients, slow, earlier }
    }

    /// The verdict of an earlier run.
    pub fn verdict(&self, id: &str) -> Option<Verdict> {
        self.earlier.as_ref().ok()?.get(id).copied()
    }

    /// All names of this kind.
    pub(super) fn names(&self, predicate: Predicate) -> Vec<String> {
        let names: BTreeSet<String> = match predicate {
            Predicate::Suite => self.ids.iter().map(|id| suite_of(id).to_owned()).collect(),
            Predicate::Case => {
                let of_clients = |id| self.clients.iter().map(move |it| format!("{id}@{it}"));
                let with_clients = self.ids.iter().flat_map(of_clients);
                let names = self.ids.iter().cloned().chain(with_clients);
                names.flat_map(|id| names_of(&id)).collect()
            }
            Predicate::Spec => self.specifications.clone(),
            Predicate::Section => self.sections.clone(),
            Predicate::Client => self.clients.clone(),
        };
        names.into_iter().collect()
    }

    /// The mistake of an unknown name, with the one that was probably meant.
    pub(super) fn unknown(
        &self,
        predicate: Predicate,
        matcher: &Matcher,
        span: Range<usize>,
    ) -> Mistake {
        let (word, text) = (predicate.name(), matcher.text());
        let kind = if predicate == Predicate::Spec { "specification" } else { word };
        let (what, right) = match matcher {
            Matcher::Exact(_) => (format!("there is no {kind} `{text}`"), "="),
            Matcher::Contains(_) => (format!("no {kind} contains `{text}`"), ""),
            Matcher::Regex(_) => (format!("this regular expression matches no {kind}"), ""),
            Matcher::Glob(_) => (format!("no {kind} matches `{text}`"), ""),
        };
        let names = self.names(predicate);
        let known = match predicate {
            Predicate::Client if names.is_empty() => "the target file has no clients".to_owned(),
            Predicate::Case => "`authspec list` lists them".to_owned(),
            Predicate::Section => "write it like `section(RFC7636 §4.6)`".to_owned(),
            Predicate::Spec => known_are(names.iter().filter(|it| !it.contains(' ') && spec(it))),
            Predicate::Suite | Predicate::Client => known_are(names.iter()),
        };
        let near = match matcher {
            Matcher::Regex(_) => None,
            _ => nearest(text, names.iter().map(String::as_str)),
        };
        let near = near.map(|near| format!("did you mean `{word}({right}{near})`?"));
        Mistake::new(span, what, near.unwrap_or(known))
    }

    /// The mistake of using `status()` without an earlier run, if there is none.
    pub(super) fn without_results(&self, span: Range<usize>) -> Option<Mistake> {
        let why = self.earlier.as_ref().err()?;
        let (what, right) = why.split_once("; ").unwrap_or((why, "run the target once"));
        Some(Mistake::new(span, what, format!("{right} without `status()`")))
    }
}

/// Whether the specification is written as in citations.
fn spec(name: &str) -> bool {
    name.chars().any(char::is_uppercase)
}

fn known_are<'a>(names: impl Iterator<Item = &'a String>) -> String {
    format!("known are {}", names.map(String::as_str).collect::<Vec<_>>().join(", "))
}
