//! One setting of a real server, turned the other way: the cases whose verdict changes are those that
//! the setting is about, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;

/// A server that is started, each time with other settings.
struct Server {
    name: &'static str,
    /// The port that its lax target file names.
    port: u16,
    /// The settings of its runs, each of which has a port of its own, so that they run side by side.
    settings: &'static [&'static str],
    /// The verdicts where no setting is lax.
    strict: OnceLock<Option<Verdicts>>,
}

/// The verdict of every case.
type Verdicts = BTreeMap<String, String>;

static OIDC_PROVIDER: Server =
    Server::new("oidc-provider", 9102, &["", "pkce", "redirect-uri", "implicit"]);
static HYDRA: Server = Server::new("hydra", 9602, &["", "pkce", "reuse"]);

impl Server {
    const fn new(name: &'static str, port: u16, settings: &'static [&'static str]) -> Self {
        Self { name, port, settings, strict: OnceLock::new() }
    }

    /// The port of the server with this setting. Hydra takes another one, 10 ports above.
    fn port(&self, setting: &str) -> u16 {
        let index = self.settings.iter().position(|known| *known == setting).unwrap();
        self.port + 50 + u16::try_from(index).unwrap()
    }
}

/// The verdict of every case on the server with these settings lax; nothing where it cannot be had,
/// and that is allowed.
fn verdicts(server: &Server, lax: &str) -> Option<Verdicts> {
    let port = server.port(lax);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(server.name);
    let folder = tempfile::tempdir().unwrap();
    let start =
        format!("#!/bin/sh\nPORT={port} LAX={lax} exec '{}'\n", fixture.join("start").display());
    std::fs::write(folder.path().join("start"), start).unwrap();
    let executable = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path().join("start"), executable).unwrap();
    let target = std::fs::read_to_string(fixture.join("target-lax.toml")).unwrap();
    let target = target.replace(&format!(":{}", server.port), &format!(":{port}"));
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "target.toml", "--start", "--agent", "forms", "--results", "results.json"])
        .env_remove("LAX")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&run.stderr);
    if complaints.contains("cannot be had here") && std::env::var_os("CI").is_none() {
        return None;
    }
    let results = std::fs::read_to_string(folder.path().join("results.json"));
    let results = results.unwrap_or_else(|_| panic!("no results: {complaints}"));
    let results: Value = serde_json::from_str(&results).unwrap();
    let cases = results["cases"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Some(cases.map(|case| (text(&case["id"]), text(&case["verdict"]))).collect())
}

/// The cases that tell the strict server from one with this setting lax.
fn telling(server: &Server, setting: &str) -> Option<BTreeSet<String>> {
    let (strict, lax) = thread::scope(|scope| {
        let lax = scope.spawn(|| verdicts(server, setting));
        (server.strict.get_or_init(|| verdicts(server, "")).as_ref(), lax.join().unwrap())
    });
    let (strict, lax) = (strict?, lax?);
    let differs = strict.iter().filter(|(id, verdict)| lax.get(*id) != Some(*verdict));
    Some(differs.map(|(id, _)| id.clone()).collect())
}

/// Asserts which cases these are, whichever client tries them.
#[track_caller]
fn assert_about(server: &Server, setting: &str, about: &[&str]) {
    let Some(telling) = telling(server, setting) else { return };
    let cases: BTreeSet<_> = telling.iter().map(|id| id.split('@').next().unwrap()).collect();
    assert_eq!(cases, about.iter().copied().collect(), "{} {setting}", server.name);
}

/// What it is about that PKCE is required.
const PKCE: &[&str] = &[
    "native-apps/without-pkce",
    "pkce/no-token-without-challenge",
    "pkce/no-token-without-challenge-or-nonce",
];

#[test]
fn pkce_that_is_not_required() {
    assert_about(&OIDC_PROVIDER, "pkce", PKCE);
}

#[test]
fn pkce_that_hydra_does_not_require() {
    assert_about(&HYDRA, "pkce", PKCE);
}

#[test]
fn a_refresh_token_that_stays_good() {
    let about = [
        "races/refresh-token",
        "token-endpoint/reuse-revokes-successor",
        "token-endpoint/rotated-refresh-token",
    ];
    assert_about(&HYDRA, "reuse", &about);
}

#[test]
fn a_redirect_uri_that_may_be_left_out() {
    assert_about(&OIDC_PROVIDER, "redirect-uri", &["redirect-uri/missing-at-token"]);
}

#[test]
fn an_implicit_flow() {
    let Some(telling) = telling(&OIDC_PROVIDER, "implicit") else { return };
    // Where there is no such flow, the client of that name is not registered at all.
    let others = telling.iter().filter(|id| !id.ends_with("@legacy"));
    let suites: BTreeSet<_> = others.map(|id| id.split('/').next().unwrap()).collect();
    let about = BTreeSet::from([
        "hybrid-flow",
        "implicit",
        "implicit-flow",
        "implicit-grant",
        "metadata-truth",
        "redirect-uri",
        "response-modes",
    ]);
    let odd: Vec<_> = suites.difference(&about).collect();
    assert!(odd.is_empty(), "{telling:#?}");
    for case in
        ["implicit/metadata", "implicit-grant/in-the-fragment", "implicit/id-token-token@legacy"]
    {
        assert!(telling.contains(case), "{case}: {telling:#?}");
    }
}
