//! What the types cannot say: that the parts of a suite file fit together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use super::any_of::AnyOf;
use super::case::{Case, Invariant, Proof, Requirement, Step, Suite};
use super::expect::Expect;
use super::file::{CaseFile, RequirementFile, SuiteFile};
use super::ruleset::Ruleset;
use super::step::{StepKind, StepName, is_slug};
use crate::oauth::Level;
use crate::oauth::cite::specifications;
use crate::source::{Mistake, Mistakes, Source};

/// What was read so far, with what has to be looked up once all is read.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) suites: Vec<LoadedSuite>,
    pub(super) rulesets: Option<(Source, BTreeMap<String, Ruleset>)>,
}

/// A suite and where it refers to cases of others.
pub(super) struct LoadedSuite {
    pub(super) suite: Suite,
    source: Source,
    see: Vec<Spanned<String>>,
}

impl Loaded {
    /// Checks that every case that is referred to is there.
    pub(super) fn references(&self, mistakes: &mut Mistakes) {
        let ids: BTreeSet<&str> = self.suites.iter().flat_map(|each| ids(&each.suite)).collect();
        for each in &self.suites {
            mistakes.add(&each.source, missing(&ids, &each.see));
        }
        let Some((source, rulesets)) = &self.rulesets else { return };
        let known: Vec<_> = specifications().collect();
        for ruleset in rulesets.values() {
            let mut found = missing(&ids, &ruleset.without);
            for name in &ruleset.specifications {
                if !known.contains(&name.get_ref().as_str()) {
                    let what = format!("unknown specification `{}`", name.get_ref());
                    let right = format!("known are {}", known.join(", "));
                    found.push(Mistake::new(name.span(), what, right));
                }
            }
            mistakes.add(source, found);
        }
    }
}

fn ids(suite: &Suite) -> Vec<&str> {
    let of = |proof| match proof {
        &Proof::Cases(ref cases) => cases.iter().map(|case| case.id.as_str()).collect(),
        Proof::Invariant(invariant) => vec![invariant.id.as_str()],
        _ => Vec::new(),
    };
    suite.requirements.iter().flat_map(|requirement| of(&requirement.proof)).collect()
}

fn missing(ids: &BTreeSet<&str>, references: &[Spanned<String>]) -> Vec<Mistake> {
    let gone = references.iter().filter(|id| !ids.contains(id.get_ref().as_str()));
    gone.map(|id| {
        let near = ids.iter().min_by_key(|known| strsim::damerau_levenshtein(known, id.get_ref()));
        let right = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        Mistake::new(id.span(), format!("there is no case `{}`", id.get_ref()), right)
    })
    .collect()
}

/// Fills in the defaults of one suite and checks what can be checked without the others.
pub(super) fn suite(source: &Source, file: SuiteFile, found: &mut Vec<Mistake>) -> LoadedSuite {
    let path = source.name.rsplit('/').next().unwrap_or(&source.name);
    let name = path.trim_end_matches(".toml").to_owned();
    let mut see = Vec::new();
    let mut requirements = Vec::new();
    let mut checker = Checker { source, suite: &name, file: &file, names: BTreeSet::new(), found };
    for requirement in &file.requirement {
        see.extend(requirement.get_ref().see.iter().cloned());
        requirements.extend(checker.requirement(requirement));
    }
    let suite = Suite { name: name.clone(), title: file.title.clone(), requirements };
    LoadedSuite { suite, source: source.clone(), see }
}

struct Checker<'a> {
    source: &'a Source,
    suite: &'a str,
    file: &'a SuiteFile,
    names: BTreeSet<String>,
    found: &'a mut Vec<Mistake>,
}

impl Checker<'_> {
    fn wrong(&mut self, span: Range<usize>, what: impl Into<String>, right: impl Into<String>) {
        self.found.push(Mistake::new(span, what, right));
    }

    fn requirement(&mut self, spanned: &Spanned<RequirementFile>) -> Option<Requirement> {
        let requirement = spanned.get_ref();
        let sentence = self.sentence(spanned.span(), requirement);
        let proof = self.proof(spanned.span(), requirement);
        let (level, sentence) = sentence?;
        if level == Level::May && !requirement.case.is_empty() {
            self.wrong(
                spanned.span(),
                "a MAY cannot be broken, so no case can prove it",
                "use `see` or `untested`, or write what the server MUST then do",
            );
        }
        Some(Requirement { cite: requirement.cite.clone(), level, sentence, proof: proof? })
    }

    fn sentence(
        &mut self,
        span: Range<usize>,
        requirement: &RequirementFile,
    ) -> Option<(Level, String)> {
        let said = [
            (Level::Must, &requirement.must),
            (Level::Should, &requirement.should),
            (Level::May, &requirement.may),
        ];
        let mut said = said.into_iter().filter_map(|(level, text)| Some((level, text.as_ref()?)));
        let (Some((level, text)), None) = (said.next(), said.next()) else {
            self.wrong(span, "a requirement says one thing", "write one of `must`, `should`, `may`");
            return None;
        };
        let keyword = level.to_string();
        if !text.get_ref().split(|c: char| !c.is_alphabetic()).any(|word| word == keyword) {
            let key = keyword.to_lowercase();
            let what = format!("a `{key}` sentence without {keyword}");
            self.wrong(text.span(), what, format!("say what {keyword} be, or use another level"));
        }
        Some((level, text.get_ref().clone()))
    }

    fn proof(&mut self, span: Range<usize>, requirement: &RequirementFile) -> Option<Proof> {
        let proofs = [
            !requirement.case.is_empty(),
            !requirement.whenever.is_empty(),
            !requirement.see.is_empty(),
            requirement.untested.is_some(),
        ];
        if proofs.iter().filter(|given| **given).count() != 1 {
            self.wrong(
                span,
                "a requirement has exactly one proof",
                "write one of `case.<name>`, `whenever` with `then`, `see`, `untested`",
            );
            return None;
        }
        if let Some(reason) = &requirement.untested {
            if reason.get_ref().trim().is_empty() {
                self.wrong(reason.span(), "no reason is given", "say why no case can prove it");
            }
            return Some(Proof::Untested(reason.get_ref().clone()));
        }
        if !requirement.see.is_empty() {
            return Some(Proof::See(requirement.see.iter().map(|id| id.get_ref().clone()).collect()));
        }
        if !requirement.whenever.is_empty() {
            return self.invariant(span, requirement).map(|invariant| Proof::Invariant(invariant.into()));
        }
        let mut cases: Vec<_> = requirement.case.iter().collect();
        cases.sort_by_key(|(name, _)| name.span().start);
        Some(Proof::Cases(cases.into_iter().map(|(name, case)| self.case(name, case)).collect()))
    }

    fn invariant(&mut self, span: Range<usize>, it: &RequirementFile) -> Option<Invariant> {
        let Some(name) = &it.name else {
            self.wrong(span, "an invariant without a name", "write `name = \"…\"` beside `whenever`");
            return None;
        };
        self.name(name);
        let (Some((step, whenever)), Some((then_step, then)), 1, 1) =
            (it.whenever.first_key_value(), it.then.first_key_value(), it.whenever.len(), it.then.len())
        else {
            let right = "write `whenever.<step>` and `then.<step>`, once each";
            self.wrong(span, "an invariant looks at one step", right);
            return None;
        };
        if then_step != step {
            let right = format!("write `then.{}`", step.get_ref());
            self.wrong(then_step.span(), "`then` is about another step than `whenever`", right);
        }
        let kind = match StepName::try_from(step.get_ref().clone()) {
            Ok(step) => step.kind,
            Err(error) => {
                let (what, right) = error.split_once("; ").unwrap_or((&error, ""));
                self.wrong(step.span(), what, right);
                return None;
            }
        };
        self.expect(kind, then);
        Some(Invariant {
            id: format!("{}/{}", self.suite, name.get_ref()),
            file: self.source.name.clone(),
            line: self.source.line(name.span().start),
            kind,
            whenever: whenever.clone(),
            then: then.get_ref().clone(),
        })
    }

    fn name(&mut self, name: &Spanned<String>) {
        if !is_slug(name.get_ref()) {
            let what = format!("`{}` is no name for a case", name.get_ref());
            self.wrong(name.span(), what, "use small letters, digits and hyphens, as in `wrong-verifier`");
        }
        if !self.names.insert(name.get_ref().clone()) {
            let what = format!("a second case `{}` in this suite", name.get_ref());
            self.wrong(name.span(), what, "give it a name of its own");
        }
    }

    fn case(&mut self, name: &Spanned<String>, case: &CaseFile) -> Case {
        self.name(name);
        let steps = self.steps(name, case);
        if case.then.is_empty() {
            self.wrong(name.span(), "a case that expects nothing", "write `then.<step> = { … }`");
        }
        let mut needs = self.file.needs.clone();
        needs.extend(&case.needs);
        Case {
            id: format!("{}/{}", self.suite, name.get_ref()),
            file: self.source.name.clone(),
            line: self.source.line(name.span().start),
            client: case.client.clone().unwrap_or_else(|| self.file.client.clone()),
            needs,
            verifier: case.verifier.clone(),
            steps,
        }
    }

    fn steps(&mut self, name: &Spanned<String>, case: &CaseFile) -> Vec<Step> {
        let names: Vec<(StepName, Range<usize>)> = match &case.steps {
            Some(steps) => {
                steps.get_ref().iter().map(|step| (step.get_ref().clone(), step.span())).collect()
            }
            None => self.file.steps.iter().map(|step| (step.clone(), name.span())).collect(),
        };
        if names.is_empty() {
            let span = case.steps.as_ref().map_or(name.span(), Spanned::span);
            self.wrong(span, "a case without steps", "write `steps = [\"authorize\", \"token\"]`");
        }
        self.order(&names);
        let labels: Vec<&str> = names.iter().map(|(step, _)| step.label.as_str()).collect();
        for key in case.when.keys().chain(case.then.keys()) {
            if !labels.contains(&key.get_ref().as_str()) {
                let what = format!("the case takes no step `{}`", key.get_ref());
                let right = format!("its steps are {}", labels.join(", "));
                self.wrong(key.span(), what, right);
            }
        }
        for (change, span) in case.when.values().map(|change| (change.get_ref(), change.span())) {
            if let Some(both) = change.omit.iter().find(|name| change.set.contains_key(*name)) {
                let what = format!("`{both}` is both set and left out");
                self.wrong(span, what, "name it in one of `set` and `omit`");
            }
        }
        let step = |(name, _): &(StepName, _)| {
            let of = |key: &str| Spanned::new(0..0, key.to_owned());
            let change = case.when.get(&of(&name.label)).map(|change| change.get_ref().clone());
            let expect = case.then.get(&of(&name.label));
            (name.clone(), change, expect.cloned())
        };
        let steps: Vec<_> = names.iter().map(step).collect();
        steps
            .into_iter()
            .map(|(name, change, expect)| {
                if let Some(expect) = &expect {
                    self.expect(name.kind, expect);
                }
                let expect = expect.map(Spanned::into_inner);
                Step { label: name.label, kind: name.kind, change, expect }
            })
            .collect()
    }

    fn order(&mut self, names: &[(StepName, Range<usize>)]) {
        for (index, (step, span)) in names.iter().enumerate() {
            let before = &names[..index];
            if before.iter().any(|(other, _)| other.label == step.label) {
                let right = format!("label it, as in `{}:again`", step.kind);
                self.wrong(span.clone(), format!("a second step `{}`", step.label), right);
            }
            let first = step.kind.after();
            if let Some(first) = first.filter(|kind| !before.iter().any(|(s, _)| s.kind == *kind)) {
                let what = format!("`{}` without `{first}` before it", step.kind);
                self.wrong(span.clone(), what, format!("take the step `{first}` first"));
            }
        }
    }

    fn expect(&mut self, kind: StepKind, spanned: &Spanned<AnyOf<Expect>>) {
        for expect in spanned.get_ref().iter() {
            self.one_expect(kind, expect, spanned.span());
        }
    }

    fn one_expect(&mut self, kind: StepKind, expect: &Expect, span: Range<usize>) {
        if expect.is_empty() {
            self.wrong(span.clone(), "nothing is expected here", "say what must be seen");
        }
        let at_authorize = kind == StepKind::Authorize;
        if expect.landing.is_some() && !at_authorize {
            let right = "`landing` is for `authorize`; use `status` here";
            self.wrong(span.clone(), format!("`{kind}` has no landing"), right);
        }
        if expect.status.is_some() && at_authorize {
            let right = "use `landing` and `error` here";
            self.wrong(span.clone(), "a visit to `authorize` has no single status", right);
        }
        for name in expect.header.keys().chain(expect.claim.keys()) {
            if at_authorize {
                let what = format!("`{name}` cannot be seen at `authorize`");
                self.wrong(span.clone(), what, "use `param` for what reaches the redirect URI");
            }
        }
    }
}
