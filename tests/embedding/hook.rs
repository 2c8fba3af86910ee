//! The hook that starts a server.

use crate::child::Package;

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a_server_is_started_once_and_ended_after", a_server_is_started_once_and_ended_after),
    ("listing_starts_nothing", listing_starts_nothing),
    ("no_test_no_server", no_test_no_server),
    ("a_server_that_fails_to_start_fails_every_test", fails),
    ("a_server_that_panics_fails_every_test", panics),
    ("a_server_that_does_not_listen_fails_every_test", dead),
    ("another_target_is_not_started", another_target_is_not_started),
    ("a_file_that_is_not_there_is_named", a_file_that_is_not_there_is_named),
    ("a_port_that_nobody_fills_in_is_told", a_port_that_nobody_fills_in_is_told),
    ("mistakes_are_shown_where_they_stand", mistakes_are_shown_where_they_stand),
];

const CASE: &str = "pkce/wrong-verifier";

fn a_server_is_started_once_and_ended_after() {
    let package = Package::with_open_ports();
    let ran = package.run("sound", &[CASE]);
    ran.said(0, "test result: ok. 4 passed; 0 failed");
    assert_eq!(ran.log, "started\nended\n");
    let evidence = package.folder().join("evidence/honest").join(format!("{CASE}@web.json"));
    assert!(evidence.is_file());
}

fn listing_starts_nothing() {
    let ran = Package::with_open_ports().run("sound", &["--list", "--format", "terse"]);
    ran.said(0, "pkce/wrong-verifier@web: test");
    assert_eq!(ran.log, "");
}

fn no_test_no_server() {
    let ran = Package::with_open_ports().run("sound", &["no/such-case"]);
    ran.said(0, "0 passed; 0 failed");
    assert_eq!(ran.log, "");
}

fn fails() {
    let ran = Package::with_open_ports().run("failing", &[CASE]);
    ran.said(101, "the server did not start: Address already in use");
    ran.said(101, "test result: FAILED. 0 passed; 4 failed");
    assert_eq!(ran.log, "started\nended\n");
}

fn panics() {
    let ran = Package::with_open_ports().run("panicking", &[CASE]);
    ran.said(101, "the server did not start: it panicked: no table");
    ran.said(101, "test result: FAILED. 0 passed; 4 failed");
    assert_eq!(ran.log, "started\nended\n");
}

fn dead() {
    let ran = Package::with_open_ports().run("dead", &[CASE]);
    ran.said(101, "does not answer");
    ran.said(101, "Is the server running?");
    ran.said(101, "test result: FAILED. 0 passed; 4 failed");
}

fn another_target_is_not_started() {
    let package = Package::with_open_ports();
    let other = Package::new(&honest::target_file(1, 8765));
    let file = other.folder().join("target.toml");
    let ran = package.finish(package.test("sound").env("AUTHSPEC_TARGET", file).arg(CASE));
    ran.said(101, "http://127.0.0.1:1 does not answer");
    assert_eq!(ran.log, "");
}

fn a_file_that_is_not_there_is_named() {
    let package = Package::with_open_ports();
    std::fs::remove_file(package.folder().join("target.toml")).unwrap();
    let ran = package.run("sound", &[CASE]);
    ran.said(2, "cannot read the target file: No such file or directory");
    ran.said(2, &package.folder().join("target.toml").display().to_string());
    assert_eq!((ran.out.as_str(), ran.log.as_str()), ("", ""));
}

fn a_port_that_nobody_fills_in_is_told() {
    let ran = Package::with_open_ports().run("running", &[CASE]);
    ran.said(2, "`{port}` is not filled in here");
    ran.said(2, "`authspec::Harness::start`");
}

fn mistakes_are_shown_where_they_stand() {
    let package = Package::with_open_ports();
    let file = package.folder().join("target.toml");
    let target = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, target.replace("ruleset", "rule_set")).unwrap();
    let ran = package.run("sound", &[CASE]);
    ran.said(2, "target.toml:5:1");
    ran.said(2, "unknown word `rule_set`");
}
