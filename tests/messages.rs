//! What is said about bad input: each bad file in `tests/messages/` with the message beside it, as
//! `authspec` prints it.
//!
//! `INSTA_UPDATE=always cargo test --test messages` takes new messages; read them before you commit.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

#[path = "messages/golden.rs"]
mod golden;

use std::fs;

use golden::{assert_golden, authspec, compare, complaint, complaint_with, folder_with, messages};
use tempfile::TempDir;

#[test]
fn suites() {
    assert_golden("suites", |name, path| {
        let folder = folder_with(&[(&format!("suites/{name}.toml"), path)]);
        complaint(folder.path(), &["list", "--suites", "suites"])
    });
}

#[test]
fn rulesets() {
    assert_golden("rulesets", |_, path| {
        let sound = messages().join("sound-suite.toml");
        let files = [("suites/rulesets.toml", path), ("suites/sound.toml", &sound)];
        complaint(folder_with(&files).path(), &["list", "--suites", "suites"])
    });
}

#[test]
fn modules() {
    let sound = |name: &str| messages().join(name);
    let (rulesets, one) = (sound("sound-rulesets.toml"), sound("sound-suite.toml"));
    let other = sound("other-suite.toml");
    assert_golden("modules", |_, path| {
        let suites = [("suites/sound-suite.toml", &*one), ("suites/other-suite.toml", &*other)];
        let files = [("suites/rulesets.toml", &*rulesets), ("suites/modules.toml", path)];
        let folder = folder_with(&[suites, files].concat());
        complaint(folder.path(), &["list", "--suites", "suites"])
    });
}

#[test]
fn targets() {
    assert_golden("targets", |name, path| {
        let target = format!("{name}.toml");
        let folder = folder_with(&[(&target, path)]);
        complaint(folder.path(), &["list", &target])
    });
}

#[test]
fn known_deviations() {
    assert_golden("known", |_, path| {
        let sound = messages().join("sound-target.toml");
        let folder = folder_with(&[("target.toml", &sound), ("known.toml", path)]);
        complaint(folder.path(), &["list", "target.toml"])
    });
}

#[test]
fn postman() {
    assert_golden("postman", |name, path| {
        let file = format!("{name}.json");
        let folder = folder_with(&[(&file, path)]);
        complaint(folder.path(), &["init", "--from-postman", &file])
    });
}

#[test]
fn configurations_of_the_foundation() {
    assert_golden("oidf", |name, path| {
        let file = format!("{name}.json");
        let folder = folder_with(&[(&file, path)]);
        complaint(folder.path(), &["init", "--from-oidf", &file])
    });
}

#[test]
fn questions() {
    assert_golden("questions", |_, path| {
        let folder = folder_with(&[("suites/questions.toml", path)]);
        complaint(folder.path(), &["audit", "--questions", "suites"])
    });
}

#[test]
fn threats() {
    assert_golden("threats", |_, path| {
        let folder = folder_with(&[("suites/threats.toml", path)]);
        complaint(folder.path(), &["audit", "--questions", "suites"])
    });
}

#[test]
fn arguments() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("unknown-ruleset", &["list", "--ruleset", "oauth3"]),
        ("unknown-defect", &["run", "--defect", "skips-verifier-chek"]),
        ("target-not-there", &["list", "nowhere/target.toml"]),
        ("defect-like-no-other", &["run", "--defect", "nosuch"]),
        ("defect-of-a-target-file", &["run", "target.toml", "--defect", "skips-verifier-check"]),
        ("two-targets-to-list", &["list", "target.toml", "other.toml"]),
        ("results-of-two-targets", &["run", "target.toml", "target.toml", "--results", "all.json"]),
        ("nothing-to-start", &["run", "target.toml", "--start"]),
        ("matrix-of-nothing", &["report", "matrix"]),
        ("matrix-of-nobody", &["report", "matrix", "nobody"]),
        ("report-on-nothing", &["report", "junit"]),
        ("report-on-nobody", &["report", "sarif", "nobody"]),
        ("unknown-report", &["report", "jnuit"]),
        ("unknown-report-of-a-run", &["run", "--report", "jnuit=junit.xml"]),
        ("report-of-a-run-without-file", &["run", "--report", "junit"]),
        ("report-of-a-run-to-nowhere", &["run", "--report", "junit="]),
        ("two-reports-in-one-file", &["run", "--report", "junit=it.xml", "--report", "har=it.xml"]),
        ("timings-of-two-targets", &["run", "target.toml", "target.toml", "--timings", "it.html"]),
        ("results-and-timings-in-one-file", &["run", "--results", "it", "--timings", "it"]),
        ("results-and-report-in-one-file", &["run", "--results", "it", "--report", "html=it"]),
        ("suites-not-there", &["list", "--suites", "nowhere"]),
        ("suites-not-a-folder", &["list", "--suites", "target.toml"]),
        ("folder-without-suites", &["list", "--suites", "suites"]),
        ("unknown-case-to-explain", &["explain", "pkce/wrong-verifer"]),
        ("unknown-client-to-explain", &["explain", "pkce/wrong-verifier@wbe"]),
        ("unknown-ruleset-to-cover", &["coverage", "--ruleset", "oauth3"]),
        ("unknown-agent", &["run", "--agent", "robot"]),
        ("bless-embedded", &["run", "--bless"]),
        ("bless-a-part", &["run", "target.toml", "pkce", "--bless"]),
        ("bless-what-a-filter-chooses", &["run", "target.toml", "-E", "all()", "--bless"]),
        ("bless-a-list", &["list", "target.toml", "--bless"]),
        ("rerun-of-nothing", &["run", "target.toml", "--rerun-failed"]),
        ("rerun-by-a-file-that-is-not-there", &["run", "target.toml", "--rerun-failed=all.json"]),
        ("quiet-and-verbose", &["run", "target.toml", "-q", "-v"]),
        ("unknown-status-level", &["run", "target.toml", "--status-level", "fial"]),
        ("no-rate", &["run", "--max-rps", "0"]),
        ("no-time", &["run", "--timeout", "0s"]),
        ("unknown-schema", &["schema", "suites"]),
        ("postman-file-not-there", &["init", "--from-postman", "nowhere.json"]),
        ("postman-and-registration", &["init", "--from-postman", "a.json", "--register"]),
        ("postman-environment-alone", &["init", "--postman-environment", "env.json"]),
        ("nothing-to-begin-with", &["init"]),
        ("unknown-command", &["lst"]),
        ("unknown-shell", &["completions", "tcsh"]),
        ("no-browser-at-all", &["run", "--browsers", "0"]),
        ("webdriver-without-scheme", &["run", "--webdriver", "127.0.0.1:4444"]),
        ("manual-into-a-file", &["man", "target.toml"]),
    ];
    assert_complaints(ARGUMENTS);
}

#[test]
fn arguments_of_setting_up() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("offline-registration", &["init", "https://as.example", "--offline", "--register"]),
        ("discovery-offline", &["init", "--from-postman", "a.json", "--offline", "--discover"]),
        ("discovery-without-postman", &["init", "https://as.example", "--discover"]),
        ("init-of-a-host", &["init", "as.example"]),
        ("oidf-not-there", &["init", "--from-oidf", "nowhere.json"]),
        ("oidf-and-issuer", &["init", "https://as.example", "--from-oidf", "config.json"]),
        ("init-of-an-issuer-with-a-fragment", &["init", "https://as.example/#part"]),
        ("init-over-a-file", &["init", "https://as.example"]),
        (
            "init-with-authorities-that-are-none",
            &["init", "https://as.example", "--output", "new.toml", "--ca", "target.toml"],
        ),
        (
            "init-with-authorities-not-there",
            &["init", "https://as.example", "--output", "new.toml", "--ca", "nowhere.pem"],
        ),
        (
            "init-with-a-header-without-a-value",
            &["init", "https://as.example", "--header", "x-api-key"],
        ),
        (
            "init-with-a-header-and-a-collection",
            &["init", "--from-postman", "a.json", "--header", "x-api-key: 1"],
        ),
        (
            "init-with-a-header-of-our-own",
            &["init", "https://as.example", "--header", "content-type: text/plain"],
        ),
        (
            "init-with-a-header-that-is-no-name",
            &["init", "https://as.example", "--header", "api key: 1"],
        ),
        (
            "init-with-a-header-of-an-unset-variable",
            &["init", "https://as.example", "--header", "x-api-key: env:NOT_SET_HERE"],
        ),
        ("init-on-no-port", &["init", "https://as.example", "--callback-port", "65536"]),
        ("doctor-without-a-target", &["doctor"]),
        ("doctor-of-an-issuer", &["doctor", "https://as.example"]),
        ("doctor-of-nothing-there", &["doctor", "nowhere.toml"]),
        ("doctor-with-authorities-not-there", &["doctor", "target.toml", "--ca", "nowhere.pem"]),
        ("doctor-with-nothing-to-start", &["doctor", "target.toml", "--start"]),
        ("reference-of-results", &["schema", "results", "--format", "markdown"]),
    ];
    assert_complaints(ARGUMENTS);
}

/// What is written where nobody is asked, and what is said of it.
#[test]
fn a_target_file_to_fill_in() {
    let folder = TempDir::new().unwrap();
    let words = ["init", "https://as.example/tenant", "--offline"];
    let output = authspec(folder.path(), &words);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let written = fs::read_to_string(folder.path().join("target.toml")).unwrap();
    let told = format!("$ authspec {}\n{said}\n$ cat target.toml\n{written}", words.join(" "));
    let wrong = compare(&messages().join("arguments"), "init-offline", Ok(told));
    assert_eq!(wrong, None);
}

/// Words that are no target file and fit no case: nothing else is tried in their place.
#[test]
fn arguments_that_mean_nothing() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("no-case-fits", &["list", "pkce/no-such-case"]),
        ("case-misspelt", &["list", "pkce/wrong-verifer"]),
        (
            "one-filter-of-two-fits-nothing",
            &["run", "target.toml", "pkce/wrong-verifier", "nosuch"],
        ),
        ("target-with-another-ending", &["run", "targets/acme.tml"]),
        ("target-misspelt", &["run", "target.tml", "pkce"]),
        ("target-that-is-a-path", &["run", "./targets/acme.tml", "pkce/wrong-verifier"]),
        ("target-that-is-a-folder", &["run", "suites"]),
        ("empty-argument", &["run", ""]),
        (
            "results-in-a-file-that-is-no-folder",
            &["run", "pkce", "--results", "target.toml/all.json"],
        ),
        ("report-in-place-of-a-folder", &["run", "pkce", "--report", "html=suites"]),
        ("two-targets-of-one-name", &["run", "target.toml", "target.toml"]),
    ];
    assert_complaints(ARGUMENTS);
}

#[test]
fn arguments_of_keys() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("keys-over-another-file", &["keys", "target.toml"]),
        ("keys-in-no-folder", &["keys", "nowhere/bank.jwks"]),
        ("keys-of-an-unknown-algorithm", &["keys", "bank.jwks", "--alg", "HS256"]),
        ("authority-over-another-file", &["keys", "--certificate-authority", "target.toml"]),
        ("authority-in-no-folder", &["keys", "--certificate-authority", "nowhere/ca.pem"]),
        (
            "authority-with-an-algorithm",
            &["keys", "--certificate-authority", "a.pem", "--alg", "EdDSA"],
        ),
    ];
    assert_complaints(ARGUMENTS);
}

#[test]
fn arguments_of_audits() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("audit-of-nothing-there", &["audit", "nowhere.toml"]),
        ("audit-of-no-issuer", &["audit", "https://as.example/#part"]),
        ("audit-of-two-of-one-name", &["audit", "target.toml", "target.toml"]),
        ("audit-of-a-list-that-is-not-there", &["audit", "--targets", "nowhere.txt"]),
        ("audit-since-nothing", &["audit", "--since", "nowhere.json"]),
        ("audit-since-something-else", &["audit", "--since", "target.toml"]),
        ("audit-without-questions", &["audit", "--questions", "suites"]),
        ("audit-with-a-defect-of-a-target", &["audit", "target.toml", "--defect", "omits-iss"]),
        ("audit-in-an-unknown-format", &["audit", "--format", "pdf"]),
    ];
    assert_complaints(ARGUMENTS);
}

#[test]
fn arguments_of_parts() {
    const ARGUMENTS: &[(&str, &[&str])] = &[
        ("bless-a-partition", &["run", "target.toml", "--bless", "--partition", "hash:1/4"]),
        ("no-partition", &["list", "--partition", "hash:5/4"]),
    ];
    assert_complaints(ARGUMENTS);
}

#[test]
fn filters() {
    const FILTERS: &[(&str, &str)] = &[
        ("filter-of-nothing", ""),
        ("filter-that-is-a-word", "pkce"),
        ("filter-with-a-misspelt-suite", "suite(pcke) & level(must)"),
        ("filter-with-a-misspelt-case", "case(=pkce/wrong-verifer)"),
        ("filter-with-a-misspelt-client", "suite(pkce) - client(wbe)"),
        ("filter-with-a-misspelt-level", "level(mst)"),
        ("filter-with-a-misspelt-status", "status(failed)"),
        ("filter-with-a-misspelt-predicate", "sectoin(4.6)"),
        ("filter-with-two-mistakes", "suite(pcke) | client(wbe)"),
        ("filter-of-an-unknown-specification", "spec(RFC9999)"),
        ("filter-of-an-unknown-section", "section(RFC7636 §4.9)"),
        ("filter-with-an-unknown-predicate", "test(pkce)"),
        ("filter-without-parentheses", "suite & slow()"),
        ("filter-without-argument", "suite()"),
        ("filter-with-an-argument-too-many", "slow(yes)"),
        ("filter-that-is-not-closed", "suite(pkce"),
        ("filter-whose-group-is-not-closed", "(suite(pkce) | suite(codes)"),
        ("filter-closed-twice", "suite(pkce))"),
        ("filter-without-operator", "suite(pkce) level(must)"),
        ("filter-with-a-doubled-operator", "suite(pkce) && level(must)"),
        ("filter-that-ends-with-an-operator", "suite(pkce) &"),
        ("filter-that-begins-with-an-operator", "| suite(pkce)"),
        ("filter-with-a-bad-regex", "case(/wrong-[/)"),
        ("filter-with-an-open-regex", "case(/wrong)"),
        ("filter-with-text-behind-a-regex", "case(/wrong/ verifier)"),
        ("filter-with-a-bad-glob", "case(#wrong-[)"),
        ("filter-with-a-matcher-too-many", "level(~mus)"),
        ("filter-that-fits-no-case", "suite(pkce) & suite(codes)"),
        ("filter-by-results-that-are-not-there", "status(fail)"),
    ];
    let lines = FILTERS.iter().map(|(name, text)| (*name, ["list", "target.toml", "-E", *text]));
    let lines: Vec<_> = lines.collect();
    assert_complaints(&lines.iter().map(|(name, line)| (*name, &line[..])).collect::<Vec<_>>());
}

/// Files of certificates that are none.
#[test]
fn authorities() {
    let target = fs::read_to_string(messages().join("sound-target.toml")).unwrap();
    let files: &[(&str, &str, &str, &[&str])] = &[
        ("no-such-authority", "", "", &["--ca", "nosuch.pem"]),
        ("empty-authority", "", "", &["--ca", "authority.pem"]),
        ("authority-that-is-no-pem", "x509\n", "", &["--ca", "authority.pem"]),
        ("authority-of-the-target", "x509\n", "ca = \"authority.pem\"\n", &[]),
    ];
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|(name, file, line, more)| {
            let folder = TempDir::new().unwrap();
            fs::write(folder.path().join("authority.pem"), file).unwrap();
            fs::write(folder.path().join("target.toml"), format!("{line}{target}")).unwrap();
            let arguments = [&["run", "target.toml", "--agent", "forms"], *more].concat();
            let said = complaint(folder.path(), &arguments);
            let said = said.map(|said| format!("$ authspec {}\n{said}", arguments.join(" ")));
            compare(&messages().join("arguments"), name, said)
        })
        .collect();
    assert!(wrong.is_empty(), "messages changed:\n{}", wrong.join("\n"));
}

/// Proxies that the environment names, and that cannot be used.
#[test]
fn proxies() {
    const PROXIES: &[(&str, &str, &str)] = &[
        ("proxy-over-socks", "ALL_PROXY", "socks5://127.0.0.1:1080"),
        ("proxy-over-tls", "HTTPS_PROXY", "https://somebody:secret@proxy.example"),
        ("proxy-without-a-host", "HTTPS_PROXY", "http://"),
        ("proxy-without-a-port", "https_proxy", "proxy.example:port"),
        ("proxy-with-a-blank", "HTTP_PROXY", "http://proxy example"),
    ];
    let sound = messages().join("sound-target.toml");
    let folder = folder_with(&[("target.toml", &sound)]);
    let wrong: Vec<_> = PROXIES
        .iter()
        .filter_map(|(name, variable, value)| {
            let set = [(*variable, *value)];
            let said = complaint_with(folder.path(), &["run", "target.toml"], &set);
            let said = said.map(|said| format!("$ {variable}=… authspec run target.toml\n{said}"));
            compare(&messages().join("arguments"), name, said)
        })
        .collect();
    assert!(wrong.is_empty(), "messages changed:\n{}", wrong.join("\n"));
}

fn assert_complaints(all: &[(&str, &[&str])]) {
    let sound = messages().join("sound-target.toml");
    let folder = folder_with(&[("target.toml", &sound)]);
    let wrong: Vec<_> = all
        .iter()
        .filter_map(|(name, arguments)| {
            let said = complaint(folder.path(), arguments);
            let said = said.map(|said| format!("$ authspec {}\n{said}", arguments.join(" ")));
            compare(&messages().join("arguments"), name, said)
        })
        .collect();
    assert!(wrong.is_empty(), "messages changed:\n{}", wrong.join("\n"));
}

/// What an older version left, or somebody else, and what is asked of it.
#[test]
fn results() {
    const TOOL: &str = r#""tool": {"name": "authspec", "version": "0.0.9"}"#;
    let older = format!(
        "{{{TOOL}, \"target\": {{\"name\": \"one\", \"version\": null, \"issuer\": \"x\"}}}}"
    );
    let folder = TempDir::new().unwrap();
    let run = ["run", "pkce/wrong-verifier@web", "--agent", "forms", "--results", "sound.json"];
    assert!(authspec(folder.path(), &run).status.success());
    let sound = fs::read_to_string(folder.path().join("sound.json")).unwrap();
    let files: &[(&str, &str, &str, &[&str])] = &[
        ("older", &older, "", &["report", "junit", "one"]),
        ("foreign", "{\n  \"tests\": []\n}", "", &["report", "sarif"]),
        ("no-json", "<testsuites/>", "", &["report", "matrix"]),
        ("no-evidence", &sound, "{}", &["report", "markdown", "one"]),
        ("another-target", &sound, "", &["report", "github", "two"]),
        ("another-case", &sound, "", &["report", "har", "--case", "pkce/wrong-verifer@web"]),
    ];
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|(name, results, evidence, arguments)| {
            let folder = TempDir::new().unwrap();
            let one = folder.path().join("target/evidence/one");
            fs::create_dir_all(one.join("pkce")).unwrap();
            fs::write(one.join("results.json"), results).unwrap();
            if !evidence.is_empty() {
                fs::write(one.join("pkce/wrong-verifier@web.json"), evidence).unwrap();
            }
            let said = complaint(folder.path(), arguments);
            let said = said.map(|said| format!("$ authspec {}\n{said}", arguments.join(" ")));
            compare(&messages().join("results"), name, said)
        })
        .collect();
    assert!(wrong.is_empty(), "messages changed:\n{}", wrong.join("\n"));
}

/// The bad files are sound ones with one mistake in each; without it there is nothing to say.
#[test]
fn sound_files_are_accepted() {
    let target = messages().join("sound-target.toml");
    let suite = messages().join("sound-suite.toml");
    let folder = folder_with(&[("target.toml", &target), ("suites/sound.toml", &suite)]);
    let output = authspec(folder.path(), &["list", "target.toml", "--suites", "suites"]);
    let (stdout, stderr) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    assert!(stdout.starts_with(b"sound/wrong-verifier"), "{}", String::from_utf8_lossy(stdout));
}
