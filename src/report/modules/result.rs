//! What the conformance suite of the OpenID Foundation would say, module by module.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::oauth::Level;
use crate::report::case_entry::CaseEntry;
use crate::run::Verdict;
use crate::suite::Module;

/// What a module would say, by the cases that test the same.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// A case breaks a MUST.
    Failed,
    /// A case breaks a SHOULD.
    Warning,
    /// A case was not tried, and none of the others breaks anything that the module would fail for.
    NotTried,
    /// All cases pass, and the module tests more than they do.
    InPart,
    /// All cases pass.
    Passed,
    /// There are no cases for it.
    NotCovered,
}

impl Says {
    /// All of them, the worst first.
    pub const ALL: &[Self] = &[
        Self::Failed,
        Self::Warning,
        Self::NotTried,
        Self::InPart,
        Self::Passed,
        Self::NotCovered,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Warning => "warning",
            Self::NotTried => "not tried",
            Self::InPart => "passed in part",
            Self::Passed => "passed",
            Self::NotCovered => "not covered",
        }
    }
}

/// A module of a certification plan, and what it would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleResult {
    /// What it would say.
    pub says: Says,
    /// The module.
    #[serde(flatten)]
    pub module: Module,
}

impl ModuleResult {
    /// What the module would say after these cases.
    pub fn new(module: Module, cases: &[CaseEntry]) -> Self {
        Self { says: says(&module, cases), module }
    }

    /// The cases that decide it, and why one was not tried.
    pub fn because<'a>(&self, cases: &'a [CaseEntry]) -> Vec<&'a CaseEntry> {
        let of_it = self.module.cases.iter().flat_map(|any| entries(any, cases));
        let decides = |case: &&CaseEntry| match self.says {
            Says::Failed | Says::Warning => severity(case).is_some(),
            Says::NotTried => !is_tried(case),
            _ => false,
        };
        of_it.filter(decides).collect()
    }
}

fn says(module: &Module, cases: &[CaseEntry]) -> Says {
    if module.cases.is_empty() {
        return Says::NotCovered;
    }
    let of_it = || module.cases.iter().map(|any| entries(any, cases));
    let counts = |level: &Level| *level == Level::Must || !module.ignores_warnings;
    let worst = of_it().flatten().filter_map(severity).filter(counts).max();
    match worst {
        Some(Level::Must) if !module.only_warns => return Says::Failed,
        _ => {}
    }
    // Clients that a case does not apply to do not matter if it was tried as another.
    let is_untried = |entries: Vec<&CaseEntry>| {
        entries.iter().any(|case| case.verdict == Verdict::Inconclusive)
            || !entries.iter().any(|case| is_tried(case))
    };
    match () {
        () if of_it().any(is_untried) => Says::NotTried,
        () if worst.is_some() => Says::Warning,
        () if module.except.is_some() => Says::InPart,
        () => Says::Passed,
    }
}

/// The results of these cases, for all clients.
fn entries<'a>(ids: &[String], cases: &'a [CaseEntry]) -> Vec<&'a CaseEntry> {
    let is_it = |case: &&CaseEntry| {
        let name = case.id.split('@').next().unwrap_or(&case.id);
        ids.iter().any(|id| id == name)
    };
    cases.iter().filter(is_it).collect()
}

fn is_tried(case: &CaseEntry) -> bool {
    !matches!(case.verdict, Verdict::NotApplicable | Verdict::Inconclusive)
}

/// The strongest level that a case breaks. The conformance suite knows no known deviations.
fn severity(case: &CaseEntry) -> Option<Level> {
    match case.verdict {
        Verdict::Fail => Some(Level::Must),
        Verdict::Warn => Some(Level::Should),
        Verdict::Known => case.findings.iter().map(|finding| finding.level).max(),
        Verdict::Pass | Verdict::NotApplicable | Verdict::Inconclusive => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn module(cases: &[&[&str]]) -> Module {
        let cases = cases.iter().map(|any| any.iter().map(|id| (*id).to_owned()).collect());
        let (name, cases) = ("oidcc-server".to_owned(), cases.collect());
        Module {
            name,
            cases,
            except: None,
            uncovered: None,
            only_warns: false,
            ignores_warnings: false,
        }
    }

    fn entry(id: &str, verdict: Verdict) -> CaseEntry {
        let finding = json!({
            "cite": "RFC6749 §5.1", "level": "MUST", "step": "token", "sent": "", "expected": "", "actual": "",
        });
        let findings = if verdict == Verdict::Known { vec![finding] } else { Vec::new() };
        let entry = json!({
            "id": id, "verdict": verdict, "level": "MUST", "cites": [], "duration_ms": 0, "findings": findings,
        });
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn a_module_passes_only_if_each_of_its_cases_was_tried() {
        use Verdict::{Fail, Inconclusive, Known, NotApplicable, Pass, Warn};

        let module = module(&[&["a/one"], &["a/two", "a/three"]]);
        let of = |verdicts: &[(&str, Verdict)]| {
            let cases: Vec<_> = verdicts.iter().map(|(id, verdict)| entry(id, *verdict)).collect();
            says(&module, &cases)
        };
        assert_eq!(of(&[("a/one@web", Pass), ("a/two", Pass)]), Says::Passed);
        assert_eq!(
            of(&[("a/one@web", Pass), ("a/two", NotApplicable), ("a/three", Pass)]),
            Says::Passed
        );
        // A client that the case does not apply to is none that it was not tried as.
        let clients = [("a/one@web", Pass), ("a/one@app", NotApplicable), ("a/two", Pass)];
        assert_eq!(of(&clients), Says::Passed);
        assert_eq!(of(&[("a/one", Pass)]), Says::NotTried);
        assert_eq!(of(&[("a/one", Pass), ("a/two", NotApplicable)]), Says::NotTried);
        let clients = [("a/one@web", Pass), ("a/one@app", Inconclusive), ("a/two", Pass)];
        assert_eq!(of(&clients), Says::NotTried);
        assert_eq!(of(&[("a/one", Warn), ("a/two", Pass)]), Says::Warning);
        assert_eq!(of(&[("a/one", Fail), ("a/two", Inconclusive)]), Says::Failed);
        // The Foundation's suite reads no known.toml.
        assert_eq!(of(&[("a/one", Known), ("a/two", Pass)]), Says::Failed);
        assert_eq!(of(&[]), Says::NotTried);
    }

    #[test]
    fn what_a_module_tests_besides_its_cases_is_not_passed() {
        let cases = [entry("a/one", Verdict::Pass)];
        let module = module(&[&["a/one"]]);
        let partial = Module { except: Some("the rest".to_owned()), ..module.clone() };
        assert_eq!(says(&partial, &cases), Says::InPart);
        let why = Some("nobody can".to_owned());
        let uncovered = Module { cases: Vec::new(), uncovered: why, ..module.clone() };
        assert_eq!(says(&uncovered, &cases), Says::NotCovered);
        let lenient = Module { only_warns: true, ..module.clone() };
        assert_eq!(says(&lenient, &[entry("a/one", Verdict::Fail)]), Says::Warning);
        let broad = Module { ignores_warnings: true, ..module };
        assert_eq!(says(&broad, &[entry("a/one", Verdict::Warn)]), Says::Passed);
        assert_eq!(says(&broad, &[entry("a/one", Verdict::Fail)]), Says::Failed);
    }
}
