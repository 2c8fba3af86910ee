//! JUnit XML, with a test suite per target and a test case per case.
//!
//! It conforms to the schema of the xUnit plugin of Jenkins, the strictest of any CI system.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::case_summary::{CaseSummary, PARTIAL, STALE, summaries};
use super::record::Record;
use crate::run::Verdict;
use crate::wire::printable;

/// Renders the report on these runs, as XML.
///
/// # Errors
/// If the report cannot be written as XML.
pub fn junit(records: &[Record]) -> Result<String, String> {
    let mut report = Report::new("authspec");
    let took = records.iter().map(|record| record.results.duration_ms).sum();
    report.set_time(Duration::from_millis(took));
    let mut names: Vec<&str> = Vec::new();
    for record in records {
        let name = record.results.target.name.as_str();
        let twins = names.iter().filter(|known| **known == name).count();
        names.push(name);
        // CI systems treat tests with the same name as the same test.
        let own = if twins == 0 { name.to_owned() } else { format!("{name} ({})", twins + 1) };
        report.add_test_suite(suite(&own, record));
    }
    let xml = report.to_string().map_err(|error| error.to_string())?;
    // The root element comes first, and the schema does not allow this attribute there.
    Ok(xml.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn suite(name: &str, record: &Record) -> TestSuite {
    let results = &record.results;
    let mut suite = TestSuite::new(xml(name));
    suite.set_time(Duration::from_millis(results.duration_ms));
    suite.extra.insert("timestamp".into(), xml(&results.at));
    let version = results.target.version.as_deref();
    for (key, value) in [
        ("issuer", Some(results.target.issuer.as_str())),
        ("version", version),
        ("ruleset", Some(&results.ruleset)),
        ("strict", results.strict.then_some("warnings fail the run too")),
        ("authspec", Some(&results.tool.version)),
        ("partial", (!results.whole).then_some(PARTIAL)),
    ] {
        if let Some(value) = value {
            suite.add_property((key, &*xml(value)));
        }
    }
    suite.add_test_cases(summaries(record).map(|case| test_case(name, case, results.strict)));
    suite.add_test_cases(results.stale.iter().map(|known| stale(name, known)));
    suite
}

/// A case as a test. The schema allows no properties here, so they are in its output.
fn test_case(target: &str, case: CaseSummary<'_>, strict: bool) -> TestCase {
    let status = status(case, strict);
    let says_all = matches!(status, TestCaseStatus::NonSuccess { .. });
    let mut test = TestCase::new(xml(&case.entry.id), status);
    test.set_classname(xml(&format!("{target}.{}", case.suite())));
    test.set_time(Duration::from_millis(case.entry.duration_ms));
    if !says_all {
        test.set_system_out(xml(&case.text()));
    }
    test
}

/// JUnit has no warnings. A skipped test is neither green nor red, and shows its reason. A warning
/// is red if it fails the run.
fn status(case: CaseSummary<'_>, strict: bool) -> TestCaseStatus {
    let reason = case.reason();
    let found = || {
        let found = case.entry.findings.first().map_or(reason, |finding| &finding.actual);
        format!("{}: {found}", case.cited())
    };
    match case.entry.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Warn if strict => broken(NonSuccessKind::Failure, "warn", &found(), &case.text()),
        Verdict::Warn => skipped("warn", &format!("warn: {}", found())),
        Verdict::Known => skipped("known", &format!("known: {reason}")),
        Verdict::NotApplicable => skipped("not-applicable", reason),
        Verdict::Fail => broken(NonSuccessKind::Failure, "fail", &found(), &case.text()),
        Verdict::Inconclusive => {
            broken(NonSuccessKind::Error, "inconclusive", reason, &case.text())
        }
    }
}

fn skipped(kind: &str, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind).set_message(xml(why));
    status
}

fn broken(kind: NonSuccessKind, name: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(xml(message)).set_description(xml(text));
    status
}

/// A stale known deviation, which fails the run and so is a failed test.
fn stale(target: &str, known: &str) -> TestCase {
    let status = broken(NonSuccessKind::Failure, "stale", STALE, &format!("{known}: {STALE}"));
    let mut test = TestCase::new(xml(&format!("{known} (stale)")), status);
    test.set_classname(xml(&format!("{target}.known")));
    test.set_time(Duration::ZERO);
    test
}

/// The text without characters that XML does not allow (XML 1.0 §2.2).
fn xml(text: &str) -> XmlString {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "").into()
}
