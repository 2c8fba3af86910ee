//! Reports: each is what its format asks for, and tells what has happened.

#[path = "reports/bench.rs"]
mod bench;

use crate::valid::assert_valid;
use authspec::report::{CaseEntry, Format, Record};
use authspec::run::Verdict;
use bench::{authspec, broken};
use clap::ValueEnum;
use serde_json::Value;

fn render(format: Format, records: &[Record]) -> String {
    let text = format.render(records).unwrap();
    assert_valid(format, &text);
    text
}

fn json(format: Format, records: &[Record]) -> Value {
    serde_json::from_str(&render(format, records)).unwrap()
}

/// A run in which every verdict is there, and a deviation is stale.
fn motley() -> (tempfile::TempDir, Record) {
    let folder = broken();
    let mut record = Record::read(&folder.path().join("target/evidence"), "honest").unwrap();
    let passed = record.results.cases.iter_mut().find(|case| case.verdict == Verdict::Pass);
    let case = passed.unwrap();
    (case.verdict, case.reason) = (Verdict::Inconclusive, Some("the lights went out".to_owned()));
    *record.results.summary.get_mut(&Verdict::Pass).unwrap() -= 1;
    *record.results.summary.get_mut(&Verdict::Inconclusive).unwrap() += 1;
    let count = |verdict| record.results.summary[&verdict];
    assert!(Verdict::ALL.iter().all(|verdict| count(*verdict) > 0), "{:?}", record.results.summary);
    assert_eq!(record.results.stale, ["pkce/s256-accepted"]);
    (folder, record)
}

#[test]
fn every_format_tells_of_every_verdict() {
    let (_folder, record) = motley();
    for format in Format::value_variants() {
        render(*format, std::slice::from_ref(&record));
        render(*format, &[record.clone(), record.clone()]);
        render(*format, &[]);
    }
    junit(&record);
    sarif(&record);
    markdown(&record);
    github(&record);
    har(&record);
}

#[test]
fn warnings_are_red_where_they_fail_the_run() {
    let (_folder, mut record) = motley();
    record.results.strict = true;
    let text = render(Format::Junit, std::slice::from_ref(&record));
    let suite = text.lines().find(|line| line.contains("<testsuite ")).unwrap();
    let failures = count(&record, Verdict::Fail) + count(&record, Verdict::Warn) + 1;
    assert!(suite.contains(&format!(" failures=\"{failures}\"")), "{suite}");
    assert!(text.contains("<failure message=\"RFC6749 §4.1.2 SHOULD: 200 JSON"), "{text}");
    let text = render(Format::Github, &[record]);
    assert!(text.contains(" strays from RFC") && !text.contains("::warning"), "{text}");
}

/// The number of cases of a verdict.
fn count(record: &Record, verdict: Verdict) -> usize {
    record.results.summary[&verdict]
}

fn junit(record: &Record) {
    let text = render(Format::Junit, &[record.clone(), record.clone()]);
    let suite = text.lines().find(|line| line.contains("<testsuite ")).unwrap();
    let skipped = [Verdict::Warn, Verdict::Known, Verdict::NotApplicable];
    let skipped: usize = skipped.iter().map(|verdict| count(record, *verdict)).sum();
    for (name, number) in [
        ("tests", record.results.cases.len() + 1),
        ("skipped", skipped),
        ("errors", count(record, Verdict::Inconclusive)),
        ("failures", count(record, Verdict::Fail) + 1),
    ] {
        assert!(suite.contains(&format!(" {name}=\"{number}\"")), "{suite}");
    }
    for found in [
        "<skipped message=\"warn: RFC6749 §4.1.2 SHOULD: 200 JSON",
        "<skipped message=\"known: vendor#1\" type=\"known\"",
        "<failure message=\"RFC7636 §4.6 MUST: 200 access_token=[access_token]",
        "<error message=\"the lights went out\" type=\"inconclusive\"",
        "<testcase name=\"pkce/s256-accepted (stale)\" classname=\"honest.known\"",
        "expected  400, error=invalid_grant",
        "   again  curl -i -X POST",
        "    case  suites/pkce.toml:",
    ] {
        assert!(text.contains(found), "{found} is not in\n{text}");
    }
    // No two tests have one name.
    let tests = text.lines().filter(|line| line.contains("<testcase "));
    let name = |line: &str| {
        line.split('"')
            .step_by(2)
            .zip(line.split('"').skip(1).step_by(2))
            .take(2)
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>()
    };
    let mut names: Vec<_> = tests.map(name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

fn sarif(record: &Record) {
    let log = json(Format::Sarif, std::slice::from_ref(record));
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |kind: &str, level: &str| {
        let is = |result: &&Value| result["kind"] == kind && result["level"] == level;
        results.iter().filter(is).count()
    };
    assert_eq!(of("fail", "error"), count(record, Verdict::Fail) + 1);
    assert_eq!(of("fail", "warning"), count(record, Verdict::Warn));
    assert_eq!(of("fail", "note"), count(record, Verdict::Known));
    assert_eq!(of("open", "none"), count(record, Verdict::Inconclusive));
    let known = results.iter().find(|it| it["level"] == "note").unwrap();
    assert_eq!(known["suppressions"][0]["justification"], "vendor#1");
    let name = "pkce/wrong-verifier@web";
    let found = |log: &Value| {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let is =
            |it: &&Value| it["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == name;
        results.iter().find(is).unwrap().clone()
    };
    let result = found(&log);
    // The client in the user's own file, and beside it the case in its suite.
    for (places, file) in [("locations", "target.toml"), ("relatedLocations", "suites/pkce.toml")] {
        let place = &result[places][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], file);
        assert!(place["region"]["startLine"].as_u64().unwrap() > 1);
    }
    let rule =
        &log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert!(rule["id"].as_str().unwrap().starts_with("RFC7636 §4.6/"), "{rule}");
    assert_eq!(rule["helpUri"], "https://www.rfc-editor.org/rfc/rfc7636.html#section-4.6");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("**How to fix it:**"), "{rule}");
    // What it is known by depends neither on the answer nor on the line.
    let mut other = record.clone();
    let case = other.results.cases.iter_mut().find(|case| case.id == name).unwrap();
    case.findings[0].actual = "something else".to_owned();
    let other = found(&json(Format::Sarif, &[other]));
    assert_eq!(other["partialFingerprints"], result["partialFingerprints"]);
    assert_eq!(other["ruleId"], result["ruleId"]);
}

fn markdown(record: &Record) {
    let text = render(Format::Markdown, std::slice::from_ref(record));
    let warnings = count(record, Verdict::Warn);
    assert!(text.contains(&format!("<details><summary>{warnings} warnings</summary>")), "{text}");
    for found in [
        "# authspec: ",
        "### FAIL `pkce/wrong-verifier@web` · [RFC7636 §4\\.6 MUST](https://www.rfc-editor.org/",
        "### STALE `pkce/s256-accepted`",
        "the lights went out",
        "**Known:** vendor\\#1",
    ] {
        assert!(text.contains(found), "{found} is not in\n{text}");
    }
    assert!(text.find("### FAIL") < text.find("### WARN"), "{text}");
}

fn github(record: &Record) {
    let text = render(Format::Github, &[record.clone(), record.clone()]);
    let kinds: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(
        kinds.is_sorted_by_key(|kind| ["::notice", "::error", "::warning"]
            .iter()
            .position(|it| it == kind)),
        "{text}"
    );
    let last_fail = text.rfind(" breaks RFC").unwrap();
    assert!(last_fail < text.find(" is stale").unwrap(), "{text}");
    assert!(last_fail < text.find(" is inconclusive").unwrap(), "{text}");
    assert!(text.contains("%0AAlso as portal, web, with-key.%0A"), "{text}");
    assert!(text.contains("10 of "), "{text}");
}

fn har(record: &Record) {
    let log = json(Format::Har, std::slice::from_ref(record));
    let entries = log["log"]["entries"].as_array().unwrap();
    let steps = record.cases().filter_map(|(_, evidence)| evidence).flat_map(|it| &it.steps);
    let exchanges: usize = steps.map(|step| step.exchanges.len()).sum();
    assert_eq!(entries.len(), exchanges);
    let one = entries.iter().find(|it| it["comment"] == "pkce/wrong-verifier@web, step token");
    let one = one.unwrap();
    assert_eq!(one["request"]["method"], "POST");
    assert_eq!(one["request"]["postData"]["mimeType"], "application/x-www-form-urlencoded");
    assert!(one["response"]["content"]["text"].as_str().unwrap().contains("[access_token]"));
}

#[test]
fn what_is_hostile_stays_text() {
    let (_folder, mut record) = motley();
    let odd = "</details>\n::error::owned\n# x\n```\n<img src=x onerror=alert(1)> ](https://evil.example) \
               [a](https://evil.example) www.evil.example ]]> &lt; %0A \u{1b}[31m \u{9b} \u{202e} \u{fffe}\u{ffff}\0 `";
    record.results.target.name = odd.to_owned();
    record.results.target.version = Some(odd.to_owned());
    for case in &mut record.results.cases {
        case.reason = case.reason.as_ref().map(|_| odd.to_owned());
        for finding in &mut case.findings {
            finding.actual = odd.repeat(100);
            finding.sent = odd.to_owned();
            finding.reproduce = Some(odd.to_owned());
        }
    }
    for format in Format::value_variants() {
        let text = render(*format, &[record.clone(), record.clone()]);
        assert!(!text.contains(['\u{1b}', '\0', '\u{202e}']), "{format}: {text}");
    }
}

#[test]
fn a_summary_fits_what_github_takes() {
    let (_folder, mut record) = motley();
    let failed = |case: &&CaseEntry| case.verdict == Verdict::Fail;
    let case = record.results.cases.iter().find(failed).unwrap().clone();
    record.results.cases = (0..10_000).map(|_| case.clone()).collect();
    let text = render(Format::Markdown, std::slice::from_ref(&record));
    assert!(text.len() > 800 << 10, "{} bytes", text.len());
    assert!(text.contains(" of 10000 failures are left out,**"), "{}", &text[text.len() - 300..]);
}

#[test]
fn a_report_after_the_run_is_that_of_the_run() {
    let folder = broken();
    let report = |args: &[&str]| {
        let (said, complaints, code) = authspec(folder.path(), args);
        assert_eq!(code, Some(0), "{complaints}");
        said
    };
    for format in ["junit", "sarif", "markdown", "github", "har"] {
        let of_run = std::fs::read_to_string(folder.path().join(format)).unwrap();
        assert_eq!(report(&["report", format, "honest"]), of_run, "{format}");
        assert_eq!(report(&["report", format, "--output", "new/report"]), "");
        assert_eq!(std::fs::read_to_string(folder.path().join("new/report")).unwrap(), of_run);
    }
    let one: Value =
        serde_json::from_str(&report(&["report", "har", "--case", "pkce/wrong-verifier"])).unwrap();
    let pages = one["log"]["pages"].as_array().unwrap();
    assert!(
        pages
            .iter()
            .all(|page| page["id"].as_str().unwrap().starts_with("honest/pkce/wrong-verifier@"))
    );
    assert!(pages.len() > 1, "{pages:?}");
}

/// A server that does not even start, beside one that is there, is not missing from a report.
#[cfg(unix)]
#[test]
fn a_server_that_does_not_start_is_in_every_report() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let target = honest::target_file(9, 8765);
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let start = folder.path().join("start");
    std::fs::write(&start, "#!/bin/sh\necho 'no Java' >&2; exit 69\n").unwrap();
    std::fs::set_permissions(&start, std::fs::Permissions::from_mode(0o755)).unwrap();
    let args = ["run", "target.toml", "--start", "--agent", "forms", "--report", "junit=junit.xml"];
    let (_, complaints, code) = authspec(folder.path(), &args);
    assert!(code == Some(3) && complaints.contains("no Java"), "{complaints}");
    let text = std::fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert_valid(Format::Junit, &text);
    assert!(text.contains("<error message=\"start did not start: "), "{text}");
}

#[test]
fn a_server_that_is_gone_is_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let port = honest::Reserved::new(0).unwrap();
    let target = honest::target_file(port.port(), 8765);
    std::fs::write(folder.path().join("target.toml"), &target).unwrap();
    let other = target.replacen("honest", "another", 1);
    std::fs::write(folder.path().join("another.toml"), other).unwrap();
    let reports =
        Format::value_variants().iter().map(|format| format!("--report={format}={format}"));
    let reports: Vec<_> = reports.collect();
    for targets in [&["target.toml"][..], &["target.toml", "another.toml"]] {
        let mut args = vec!["run", "--agent", "forms"];
        args.extend(targets);
        args.extend(reports.iter().map(String::as_str));
        let (said, complaints, code) = authspec(folder.path(), &args);
        assert!(code == Some(3) && complaints.contains("does not answer"), "{said}{complaints}");
        for format in Format::value_variants() {
            let text = std::fs::read_to_string(folder.path().join(format.to_string())).unwrap();
            assert_valid(*format, &text);
        }
        let text = std::fs::read_to_string(folder.path().join("junit")).unwrap();
        let count = |what: &str| text.matches(what).count();
        assert!(count("<error ") > 300 * targets.len(), "{text}");
        assert_eq!(count("<testcase "), count("<error ") + count("<skipped "));
    }
}
