//! Checks `modules.toml`, and gives each ruleset with certification plans their modules.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::references::Loaded;
use crate::source::{Mistake, Mistakes, nearest};
use crate::suite::module::{Module, ModuleEntry};
use crate::suite::ruleset::Ruleset;

/// The name of the file without its extension.
const MODULES: &str = "modules";

impl Loaded {
    /// Adds their modules to the rulesets that stand for certification plans.
    pub(in crate::suite) fn place_modules(&mut self, mistakes: &mut Mistakes) {
        let mut is_sound = !self.mistaken.contains(MODULES);
        let mut placed: BTreeMap<String, Vec<Module>> = BTreeMap::new();
        if let Some((source, entries)) = &self.modules {
            let known = self.known_cases();
            let mut found = Vec::new();
            for entry in entries {
                found.extend(self.wrong_with(entry, &placed, &known));
                for ruleset in &entry.get_ref().rulesets {
                    let modules = placed.entry(ruleset.get_ref().clone()).or_default();
                    modules.extend(entry.get_ref().modules());
                }
            }
            is_sound &= found.is_empty();
            mistakes.add(source, found);
        }
        let Some((source, rulesets)) = &mut self.rulesets else { return };
        for (name, ruleset) in rulesets {
            ruleset.modules = placed.remove(name).unwrap_or_default();
            let is_empty = ruleset.modules.is_empty() && is_sound;
            if let Some(plan) = ruleset.plans.first().filter(|_| is_empty) {
                let what = format!("no module of the plan `{}` is known", plan.get_ref());
                let right = format!(
                    "add its modules to modules.toml, as in `[[module]]` with `rulesets = [\"{name}\"]`"
                );
                mistakes.add(source, vec![Mistake::new(plan.span(), what, right)]);
            }
        }
    }

    fn wrong_with(
        &self,
        entry: &Spanned<ModuleEntry>,
        placed: &BTreeMap<String, Vec<Module>>,
        known: &KnownCases<'_>,
    ) -> Vec<Mistake> {
        let module = entry.get_ref();
        let mut found = Vec::new();
        let head = entry.span().start..entry.span().start + "[[module]]".len();
        if module.cases.is_empty() == module.uncovered.is_none() && !self.mistaken.contains(MODULES)
        {
            let what = "a module needs either `cases` or `uncovered`";
            let right = "name the cases that test the same, or say why no case does";
            found.push(Mistake::new(head, what, right));
        }
        for ruleset in &module.rulesets {
            let name = ruleset.get_ref();
            found.extend(self.no_plan(ruleset));
            let is_placed = |module: &&String| {
                placed.get(name).into_iter().flatten().any(|known| known.name == **module)
            };
            if let Some(twice) = module.name.iter().find(is_placed) {
                let what = format!("a second entry of `{twice}` for `{name}`");
                let right = "put all its cases into one entry";
                found.push(Mistake::new(ruleset.span(), what, right));
            }
        }
        let cases: Vec<_> = module
            .cases
            .iter()
            .flat_map(|any| any.get_ref().iter().map(|id| Spanned::new(any.span(), id.clone())))
            .collect();
        found.extend(self.missing(&known.ids, &cases));
        found.extend(out_of_force(module, &cases, known));
        found
    }

    /// What is wrong with a name that is not that of a ruleset with certification plans.
    fn no_plan(&self, name: &Spanned<String>) -> Option<Mistake> {
        let (_, rulesets) = self.rulesets.as_ref()?;
        let with_plans = rulesets.iter().filter(|(_, ruleset)| !ruleset.plans.is_empty());
        let known: Vec<_> = with_plans.map(|(name, _)| name.as_str()).collect();
        if known.contains(&name.get_ref().as_str()) {
            return None;
        }
        let what = format!("there is no ruleset `{}` with `plans`", name.get_ref());
        let right = match nearest(name.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        Some(Mistake::new(name.span(), what, right))
    }

    fn known_cases(&self) -> KnownCases<'_> {
        let rulesets = self.rulesets.iter().flat_map(|(_, rulesets)| rulesets);
        let with_plans = rulesets.filter(|(_, ruleset)| !ruleset.plans.is_empty());
        let required = with_plans.map(|(name, ruleset)| (name.as_str(), self.required(ruleset)));
        KnownCases { ids: self.ids(), required: required.collect() }
    }

    /// The cases that the specifications of a ruleset require.
    fn required(&self, ruleset: &Ruleset) -> BTreeSet<&str> {
        let requirements = self.suites.iter().flat_map(|each| &each.suite.requirements);
        let in_force = requirements.filter(|requirement| ruleset.holds(&requirement.cite));
        in_force.flat_map(|requirement| requirement.proven_by()).collect()
    }
}

/// The cases that modules can name.
struct KnownCases<'a> {
    ids: BTreeSet<&'a str>,
    /// Those that the specifications of each ruleset require.
    required: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Cases that no specification of a ruleset requires, which it would leave out.
fn out_of_force(
    module: &ModuleEntry,
    cases: &[Spanned<String>],
    known: &KnownCases<'_>,
) -> Vec<Mistake> {
    let named = module.rulesets.iter().filter_map(|name| {
        let required = known.required.get(name.get_ref().as_str())?;
        Some((name.get_ref(), required))
    });
    let mut found = Vec::new();
    for (name, required) in named {
        let existing = cases.iter().filter(|id| known.ids.contains(id.get_ref().as_str()));
        for id in existing.filter(|id| !required.contains(id.get_ref().as_str())) {
            let what = format!("no specification of `{name}` requires `{}`", id.get_ref());
            let right = "add the specification to the ruleset, or leave out the case";
            found.push(Mistake::new(id.span(), what, right));
        }
    }
    found
}
