//! A resource of the target file, at which is asked what an access token is worth.

use honest::{Allowance, Config, Defect};

use crate::built_in;
use crate::command::Ran;
use crate::verdicts::{assert_clean, assert_verdict};

/// What the requests to the resource end with, as no others do.
const PLACE: &str = "/userinfo?of=resource";

/// The target file with a resource, which takes what the userinfo endpoint takes.
fn with_resource(target: &str) -> String {
    let issuer = target.lines().find_map(|line| line.strip_prefix("issuer")).unwrap();
    let issuer = issuer.trim_start_matches([' ', '=']).trim_matches('"');
    format!("{target}\n[resource]\naddress = \"{issuer}{PLACE}\"\n")
}

fn tried(defect: Option<Defect>, words: &[&str]) -> Ran {
    let config = Config { allows: vec![Allowance::Bound], ..built_in::with(defect) };
    built_in::tried(config, with_resource, words)
}

/// Whether the evidence of a case has a request to the resource.
fn is_at_resource(ran: &Ran, case: &str) -> bool {
    let evidence = ran.folder.path().join("evidence");
    let server = evidence.read_dir().unwrap().flatten().find(|it| it.path().is_dir()).unwrap();
    let (suite, case) = case.split_once('/').unwrap();
    let mut files = server.path().join(suite).read_dir().unwrap().flatten();
    let is_of_case = |name: &str| name.split(['@', '.']).next() == Some(case);
    let file = files.find(|it| is_of_case(&it.file_name().to_string_lossy())).unwrap();
    std::fs::read_to_string(file.path()).unwrap().contains(PLACE)
}

#[test]
fn tokens_are_tried_there() {
    let ran = tried(
        None,
        &["--ruleset=oidc", "bearer/", "dpop/userinfo-", "token-confusion/", "userinfo/"],
    );
    assert_clean(&ran);
    assert!(is_at_resource(&ran, "dpop/userinfo-as-bearer"), "{}", ran.said());
    // What OpenID Connect says of userinfo is asked of userinfo.
    assert!(!is_at_resource(&ran, "userinfo/subject"), "{}", ran.said());
}

#[test]
fn a_resource_that_takes_stolen_tokens_is_seen() {
    let ran = tried(Some(Defect::TakesBoundTokensAsBearer), &["dpop/userinfo-as-bearer"]);
    assert_verdict(&ran, "dpop/userinfo-as-bearer", "fail", "200");
    assert!(is_at_resource(&ran, "dpop/userinfo-as-bearer"), "{}", ran.said());
}
