//! The names that filters can use: suites, cases, sections, clients of the target, and the verdicts of
//! an earlier run.

use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::matcher::Matcher;
use super::names::{Predicate, names_of, section_names, spec_names, suite_of};
use crate::run::Verdict;
use crate::source::{Mistake, nearest};
use crate::suite::Suites;
use crate::target::Target;

/// The verdicts of an earlier run, or why they are not available.
type Verdicts = Result<BTreeMap<String, Verdict>, String>;

/// The names that filters can use. They are gathered when a filter asks for them: most runs have none.
pub struct Catalogue<'a> {
    /// All cases and invariants of all rulesets, and their requirements.
    suites: &'a Suites,
    target: &'a Target,
    /// Cases that wait for something to expire.
    slow: OnceCell<BTreeSet<&'a str>>,
    earlier: LazyCell<Verdicts, Box<dyn FnOnce() -> Verdicts + 'a>>,
}

impl<'a> Catalogue<'a> {
    /// The names in these suites, for this target, with the verdicts of an earlier run, or why there are none.
    pub fn new(
        suites: &'a Suites,
        target: &'a Target,
        earlier: Box<dyn FnOnce() -> Verdicts + 'a>,
    ) -> Self {
        Self { suites, target, slow: OnceCell::new(), earlier: LazyCell::new(earlier) }
    }

    /// Whether the case waits for something to expire.
    pub(super) fn is_slow(&self, case: &str) -> bool {
        let all = || self.suites.cases().filter(|case| case.slow.is_some());
        self.slow.get_or_init(|| all().map(|case| case.id.as_str()).collect()).contains(case)
    }

    /// The verdict of an earlier run.
    pub fn verdict(&self, id: &str) -> Option<Verdict> {
        self.earlier.as_ref().ok()?.get(id).copied()
    }

    /// All names of this kind.
    pub(super) fn names(&self, predicate: Predicate) -> Vec<String> {
        let ids = || self.suites.ids().into_iter();
        let cites = || self.suites.suites.iter().flat_map(|it| &it.requirements).map(|it| &it.cite);
        let clients = || self.target.clients.iter().map(|it| it.name.as_str());
        let names: BTreeSet<String> = match predicate {
            Predicate::Suite => ids().map(|id| suite_of(id).to_owned()).collect(),
            Predicate::Case => {
                let of_clients = |id| clients().map(move |client| format!("{id}@{client}"));
                let names = ids().map(str::to_owned).chain(ids().flat_map(of_clients));
                names.flat_map(|id| names_of(&id)).collect()
            }
            Predicate::Spec => cites().flat_map(|cite| spec_names(&cite.specification)).collect(),
            Predicate::Section => cites().flat_map(section_names).collect(),
            Predicate::Client => clients().map(str::to_owned).collect(),
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
