//! Checks references from one file to cases of another.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use crate::oauth::cite::specifications;
use crate::source::{Mistake, Mistakes, Source, nearest};
use crate::suite::case::{Proof, Suite};
use crate::suite::module::ModuleEntry;
use crate::suite::ruleset::Ruleset;

/// What was read so far, with what to check once everything is read.
#[derive(Default)]
pub(in crate::suite) struct Loaded {
    pub(in crate::suite) suites: Vec<LoadedSuite>,
    pub(in crate::suite) rulesets: Option<(Source, BTreeMap<String, Ruleset>)>,
    pub(in crate::suite) modules: Option<(Source, Vec<Spanned<ModuleEntry>>)>,
    /// The names of files with mistakes: what they contain may be incomplete.
    pub(in crate::suite) mistaken: BTreeSet<String>,
}

/// A suite, and its references to cases of others.
pub(in crate::suite) struct LoadedSuite {
    pub(in crate::suite) suite: Suite,
    pub(super) source: Source,
    pub(super) see: Vec<Spanned<String>>,
}

impl Loaded {
    /// Checks that every case that is referred to exists.
    pub(in crate::suite) fn references(&self, mistakes: &mut Mistakes) {
        let ids = self.ids();
        for each in &self.suites {
            mistakes.add(&each.source, self.missing(&ids, &each.see));
        }
        let Some((source, rulesets)) = &self.rulesets else { return };
        for ruleset in rulesets.values() {
            mistakes.add(source, self.missing(&ids, &ruleset.without));
            mistakes.add(source, unknown_specifications(ruleset));
        }
    }

    /// The ids of all cases and invariants.
    pub(super) fn ids(&self) -> BTreeSet<&str> {
        self.suites.iter().flat_map(|each| ids(&each.suite)).collect()
    }

    pub(super) fn missing(
        &self,
        ids: &BTreeSet<&str>,
        references: &[Spanned<String>],
    ) -> Vec<Mistake> {
        let suite = |id: &str| id.split_once('/').map(|(suite, _)| suite.to_owned());
        references
            .iter()
            .filter(|id| suite(id.get_ref()).is_none_or(|suite| !self.mistaken.contains(&suite)))
            .filter_map(|id| unknown_case(ids, id))
            .collect()
    }
}

/// What is wrong with a reference to a case that is not among these, or `None` if it is.
pub fn unknown_case(ids: &BTreeSet<&str>, id: &Spanned<String>) -> Option<Mistake> {
    if ids.contains(id.get_ref().as_str()) {
        return None;
    }
    let right = match near(ids, id.get_ref()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name one as `suite/case`; the suite is the name of its file".to_owned(),
    };
    Some(Mistake::new(id.span(), format!("there is no case `{}`", id.get_ref()), right))
}

/// The case that was probably meant: one with that name in some suite, or with a similar name.
fn near<'a>(ids: &BTreeSet<&'a str>, wrong: &str) -> Option<&'a str> {
    let name = |id: &str| id.split_once('/').map_or(id, |(_, name)| name).to_owned();
    let same_name = ids.iter().copied().find(|id| name(id) == name(wrong));
    same_name.or_else(|| nearest(wrong, ids.iter().copied()))
}

fn ids(suite: &Suite) -> impl Iterator<Item = &str> {
    suite.requirements.iter().flat_map(|requirement| match &requirement.proof {
        Proof::Cases(cases) => cases.iter().map(|case| case.id.as_str()).collect(),
        Proof::Invariant(invariant) => vec![invariant.id.as_str()],
        Proof::See(_) | Proof::Untested(_) => Vec::new(),
    })
}

fn unknown_specifications(ruleset: &Ruleset) -> Vec<Mistake> {
    let known: Vec<_> = specifications().collect();
    let unknown = |name: &&Spanned<String>| !known.contains(&name.get_ref().as_str());
    let mistake = |name: &Spanned<String>| {
        let what = format!("unknown specification `{}`", name.get_ref());
        Mistake::new(name.span(), what, format!("known are {}", known.join(", ")))
    };
    ruleset.specifications.iter().filter(unknown).map(mistake).collect()
}
