//! JUnit XML: a suite a target, a test case a case.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::record::Record;
use super::results::{CaseEntry, FindingEntry};
use crate::run::Verdict;

/// The report on these runs, as XML.
///
/// # Errors
/// When what is to be written is no XML.
pub fn junit(records: &[Record]) -> Result<String, String> {
    let mut report = Report::new("authspec");
    for record in records {
        let mut suite = TestSuite::new(record.results.target.name.as_str());
        suite.set_time(Duration::from_millis(record.results.duration_ms));
        suite.add_property(("ruleset", record.results.ruleset.as_str()));
        suite.add_property(("issuer", record.results.target.issuer.as_str()));
        let cases = record.cases().map(|(case, evidence)| {
            let place = evidence.map(|evidence| evidence.case.as_str());
            test_case(&record.results.target.name, case, place)
        });
        suite.add_test_cases(cases);
        for stale in &record.results.stale {
            suite.add_test_case(self::stale(&record.results.target.name, stale));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn test_case(target: &str, case: &CaseEntry, place: Option<&str>) -> TestCase {
    let mut test = TestCase::new(case.id.as_str(), status(case));
    test.set_classname(format!("{target}.{}", case.id.split('/').next().unwrap_or_default()));
    test.set_time(Duration::from_millis(case.duration_ms));
    let cites: Vec<_> = case.cites.iter().map(ToString::to_string).collect();
    test.add_property(("level", case.level.to_string().as_str()));
    test.add_property(("requirements", cites.join(", ").as_str()));
    if let Some(place) = place {
        test.add_property(("case", place));
    }
    if case.verdict == Verdict::Warn {
        test.set_system_out(told(case));
    }
    test
}

fn status(case: &CaseEntry) -> TestCaseStatus {
    let reason = case.reason.clone().unwrap_or_default();
    match case.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Known => skipped(format!("known: {reason}")),
        Verdict::NotApplicable => skipped(reason),
        Verdict::Fail => {
            let law = case.findings.first().map_or(String::new(), |finding| {
                let FindingEntry { cite, level, .. } = finding;
                format!("{cite} {level}: ")
            });
            let what = case.findings.first().map_or(reason, |it| it.actual.clone());
            broken(NonSuccessKind::Failure, "fail", format!("{law}{what}"), told(case))
        }
        Verdict::Inconclusive => {
            broken(NonSuccessKind::Error, "inconclusive", reason.clone(), reason)
        }
    }
}

fn skipped(why: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

fn broken(kind: NonSuccessKind, name: &str, message: String, told: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message).set_description(told);
    status
}

/// A known deviation that is none any more fails the run, and so is a failed test.
fn stale(target: &str, case: &str) -> TestCase {
    let why = "known.toml says that it deviates, and it no longer does so: remove the entry";
    let status = broken(NonSuccessKind::Failure, "stale", why.to_owned(), why.to_owned());
    let mut test = TestCase::new(format!("{case} (stale)"), status);
    test.set_classname(format!("{target}.known"));
    test
}

fn told(case: &CaseEntry) -> String {
    let one = |finding: &FindingEntry| {
        let FindingEntry { cite, level, sent, expected, actual, reproduce, .. } = finding;
        let again = reproduce.as_ref().map(|curl| format!("\n   again  {curl}"));
        let again = again.unwrap_or_default();
        format!("{cite} {level}\n    sent  {sent}\nexpected  {expected}\n  actual  {actual}{again}")
    };
    case.findings.iter().map(one).collect::<Vec<_>>().join("\n\n")
}
