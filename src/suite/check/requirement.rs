//! Checks requirements: one citation, one sentence, one proof.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::references::LoadedSuite;
use crate::oauth::Level;
use crate::source::{Mistake, Source};
use crate::suite::case::{Invariant, Proof, Requirement, Suite};
use crate::suite::file::{RequirementFile, SuiteFile};
use crate::suite::step::{StepName, is_slug};

/// Fills in the defaults of a suite and checks what can be checked without the others.
pub(in crate::suite) fn suite(
    source: &Source,
    file: SuiteFile,
    found: &mut Vec<Mistake>,
) -> LoadedSuite {
    let name = file_stem(source).to_owned();
    let mut checker = Checker::new(source, &name, &file, found);
    checker.file();
    let (mut see, mut requirements) = (Vec::new(), Vec::new());
    for (index, requirement) in file.requirements().iter().enumerate() {
        let next =
            file.requirements().get(index + 1).map_or(source.text.len(), |it| it.span().start);
        checker.part = requirement.span().start..next;
        see.extend(requirement.get_ref().see.iter().cloned());
        requirements.extend(checker.requirement(requirement));
    }
    let title = file.title.clone().unwrap_or_default();
    LoadedSuite { suite: Suite { name, title, requirements }, source: source.clone(), see }
}

/// The name of the suite in a file.
pub(in crate::suite) fn file_stem(source: &Source) -> &str {
    source.file_name().trim_end_matches(".toml")
}

/// Checks one suite file and collects mistakes.
pub(super) struct Checker<'a> {
    pub(super) source: &'a Source,
    pub(super) suite: &'a str,
    pub(super) file: &'a SuiteFile,
    /// The part of the file that is being checked.
    pub(super) part: Range<usize>,
    /// Whether the file's own steps are mistaken.
    pub(super) steps_mistaken: bool,
    /// The positions of mistakes that were left out.
    hidden: Vec<usize>,
    names: BTreeSet<String>,
    found: &'a mut Vec<Mistake>,
}

impl<'a> Checker<'a> {
    fn new(
        source: &'a Source,
        suite: &'a str,
        file: &'a SuiteFile,
        found: &'a mut Vec<Mistake>,
    ) -> Self {
        let end = file.requirements().first().map_or(source.text.len(), |first| first.span().start);
        let hidden = found.iter().map(|mistake| mistake.span.start).collect();
        let (part, names) = (0..end, BTreeSet::new());
        Self { source, suite, file, part, steps_mistaken: false, hidden, names, found }
    }

    /// Adds a mistake.
    pub(super) fn wrong(
        &mut self,
        span: Range<usize>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.found.push(Mistake::new(span, what, right));
    }

    /// Adds something missing, unless it may be what was mistaken in this part.
    pub(super) fn lacks(&mut self, span: Range<usize>, what: &str, right: impl Into<String>) {
        if !self.is_mistaken() {
            self.wrong(span, what, right);
        }
    }

    /// Whether something mistaken was left out of this part.
    pub(super) fn is_mistaken(&self) -> bool {
        self.hidden.iter().any(|start| self.part.contains(start))
    }

    /// Checks what comes before the requirements.
    fn file(&mut self) {
        self.steps_mistaken = self.is_mistaken();
        if self.file.title.is_none() {
            self.lacks(
                0..0,
                "a suite without a title",
                "write `title = \"…\"` at the top of the file",
            );
        }
        if self.file.requirements().is_empty() {
            self.lacks(0..0, "a suite without requirements", "write `[[requirement]]` above each");
        }
        self.order(&self.file.steps, self.steps_mistaken);
    }

    fn requirement(&mut self, spanned: &Spanned<RequirementFile>) -> Option<Requirement> {
        let requirement = spanned.get_ref();
        let sentence = self.sentence(spanned.span(), requirement);
        let proof = self.proof(spanned.span(), requirement);
        let (level, sentence) = sentence?;
        if let (Level::May, Some(may), false) =
            (level, &requirement.may, requirement.case.is_empty())
        {
            let right = "use `see` or `untested`, or write what the server MUST then do";
            self.wrong(may.span(), "a MAY cannot be broken, so no case can prove it", right);
        }
        let [why, fix] = [("why", &requirement.why), ("fix", &requirement.fix)]
            .map(|(word, text)| self.advice(word, text.as_ref()));
        let cite = requirement.cite.clone();
        Some(Requirement { cite, level, sentence, why, fix, proof: proof? })
    }

    /// Checks the texts next to the sentence, which must not be empty.
    fn advice(&mut self, word: &str, text: Option<&Spanned<String>>) -> Option<String> {
        let text = text?;
        if text.get_ref().trim().is_empty() {
            let right = format!("say it in a plain sentence, or leave `{word}` out");
            self.wrong(text.span(), format!("`{word}` says nothing"), right);
        }
        Some(text.get_ref().clone())
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
        let right = "write exactly one of `must`, `should`, `may`";
        let Some((level, text)) = said.next() else {
            self.lacks(span, "a requirement without a sentence", right);
            return None;
        };
        if let Some((_, second)) = said.next() {
            self.wrong(second.span(), "a second sentence in one requirement", right);
            return None;
        }
        let keyword = level.to_string();
        if !text.get_ref().split(|c: char| !c.is_alphabetic()).any(|word| word == keyword) {
            let key = keyword.to_lowercase();
            let what = format!("a `{key}` sentence without the word {keyword}");
            let right =
                format!("write {keyword} in capitals, or another of `must`, `should`, `may`");
            self.wrong(text.span(), what, right);
        }
        Some((level, text.get_ref().clone()))
    }

    fn proof(&mut self, span: Range<usize>, requirement: &RequirementFile) -> Option<Proof> {
        let invariant = !requirement.whenever.is_empty();
        if let (false, Some(then)) = (invariant, requirement.then.keys().next()) {
            let right = "write `whenever.<step>` next to it, or move it into a case";
            self.lacks(then.span(), "`then` without `whenever`", right);
            return None;
        }
        let proofs = [
            !requirement.case.is_empty(),
            invariant,
            !requirement.see.is_empty(),
            requirement.untested.is_some(),
        ];
        let right = "write exactly one of `case.<name>`, `whenever` with `then`, `see`, `untested`";
        match proofs.iter().filter(|given| **given).count() {
            0 => {
                self.lacks(span, "a requirement without proof", right);
                return None;
            }
            1 => {}
            _ => {
                self.wrong(span, "a requirement with more than one proof", right);
                return None;
            }
        }
        if let Some(reason) = &requirement.untested {
            if reason.get_ref().trim().is_empty() {
                self.wrong(reason.span(), "no reason is given", "say why no case can prove it");
            }
            return Some(Proof::Untested(reason.get_ref().clone()));
        }
        if !requirement.see.is_empty() {
            return Some(Proof::See(
                requirement.see.iter().map(|id| id.get_ref().clone()).collect(),
            ));
        }
        if invariant {
            return self
                .invariant(span, requirement)
                .map(|invariant| Proof::Invariant(invariant.into()));
        }
        let mut cases: Vec<_> = requirement.case.iter().collect();
        cases.sort_by_key(|(name, _)| name.span().start);
        let cases = cases.into_iter().map(|(name, case)| Arc::new(self.case(name, case)));
        Some(Proof::Cases(cases.collect()))
    }

    fn invariant(&mut self, span: Range<usize>, it: &RequirementFile) -> Option<Invariant> {
        let mut steps: Vec<_> = it.whenever.keys().collect();
        steps.sort_by_key(|step| step.span().start);
        if let Some(second) = steps.get(1) {
            let right = "write a requirement of its own for each step";
            self.wrong(second.span(), "an invariant about two steps", right);
            return None;
        }
        let (step, whenever) = it.whenever.first_key_value()?;
        let Some(name) = &it.name else {
            self.lacks(
                span,
                "an invariant without a name",
                "write `name = \"…\"` next to `whenever`",
            );
            return None;
        };
        self.name(name);
        let kind = match StepName::try_from(step.get_ref().clone()) {
            Ok(step) => step.kind,
            Err(error) => {
                let (what, right) = error.split_once("; ").unwrap_or((&error, ""));
                self.wrong(step.span(), what, right);
                return None;
            }
        };
        let right = format!("write `then.{} = {{ … }}`", step.get_ref());
        if let Some(other) = it.then.keys().find(|other| *other != step) {
            self.wrong(other.span(), "`then` is about another step than `whenever`", right);
            return None;
        }
        let Some(then) = it.then.get(step) else {
            self.lacks(step.span(), "`whenever` without `then`", right);
            return None;
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

    /// Checks that the name of a case or invariant is unique in the suite.
    pub(super) fn name(&mut self, name: &Spanned<String>) {
        if !is_slug(name.get_ref()) {
            let what = format!("`{}` is not a valid name for a case", name.get_ref());
            self.wrong(
                name.span(),
                what,
                "use lower-case letters, digits and hyphens, as in `wrong-verifier`",
            );
        }
        if !self.names.insert(name.get_ref().clone()) {
            let what = format!("a second case `{}` in this suite", name.get_ref());
            self.wrong(name.span(), what, "give it another name");
        }
    }
}
