//! Real servers that nobody here wrote: each is started, and tried with the real browser.
//!
//! Nothing may fail but what their `known.toml` says, nothing may be inconclusive, and their answers
//! must be those of the snapshots. What hangs on the server's memory is tried once more. Where a server cannot be installed its test is ignored with the
//! reason, but never where `CI` is set.

#[path = "servers/again.rs"]
mod again;
#[path = "servers/running.rs"]
mod running;
#[path = "servers/turn.rs"]
mod turn;

use std::path::Path;
use std::process::{Command, ExitCode, Output};

use again::{Again, STATEFUL, Verdicts};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use turn::Turn;

/// The target files; the program beside each starts its server. Those that take longest come first, and those of
/// one server apart, as they take turns.
const TARGETS: &[&str] = &[
    "fixtures/lemonldap-ng/target.toml",
    "fixtures/glewlwyd/target.toml",
    "fixtures/keycloak/target.toml",
    "fixtures/django-oauth-toolkit/target.toml",
    "fixtures/spring/target.toml",
    "fixtures/hydra/target.toml",
    "fixtures/glewlwyd/target-lax.toml",
    "fixtures/keycloak/target-lax.toml",
    "fixtures/django-oauth-toolkit/target-lax.toml",
    "fixtures/hydra/target-lax.toml",
    OIDC_PROVIDER,
    "fixtures/oidc-provider/target-lax.toml",
];

/// The quickest of them, which is tried in other ways too.
const OIDC_PROVIDER: &str = "fixtures/oidc-provider/target.toml";

/// Target files whose users have a second factor or a passkey, which are tried on cases about signing in.
const FACTORS: &[&str] = &[
    "fixtures/keycloak/target-otp.toml",
    "fixtures/keycloak/target-passkey.toml",
    "fixtures/keycloak/target-enrol.toml",
];

/// Target files whose clients have keys or certificates, the variables with which their server starts, and the cases
/// about these clients that they are tried on.
const KEYS: &[(&str, &str, &[&str])] = &[
    ("fixtures/oidc-provider/target-keys.toml", "KEYS", ASSERTING),
    ("fixtures/keycloak/target-keys.toml", "", ASSERTING),
    ("fixtures/glewlwyd/target-keys.toml", "KEYS", ASSERTING_ON_PAGES),
    ("fixtures/spring/target-keys.toml", "KEYS", ASSERTING),
    ("fixtures/spring/target-resource.toml", "", AT_RESOURCE),
    ("fixtures/spring/target-mtls.toml", "MTLS", CERTIFIED),
    ("fixtures/oidc-provider/target-objects.toml", "OBJECTS", SIGNING),
    ("fixtures/glewlwyd/target-dpop.toml", "DPOP", BOUND_ON_PAGES),
    (
        "fixtures/keycloak/target-objects.toml",
        "",
        &[
            "--agent",
            "hybrid",
            "--register",
            "signed-requests/pushed",
            "key-rotation/",
            "encryption/",
        ],
    ),
    ("fixtures/lemonldap-ng/target-objects.toml", "", SIGNING_ON_PAGES),
    ("fixtures/oidc-provider/target-fapi.toml", FAPI, PROFILED),
    ("fixtures/glewlwyd/target-rich.toml", "RICH", SCRIPTED),
    ("fixtures/keycloak/target-fapi.toml", FAPI, WITHOUT_PAGES),
    ("fixtures/oidc-provider/target-dpop.toml", "DPOP", &["dpop/", "token-endpoint/", "userinfo/"]),
    (
        "fixtures/oidc-provider/target-rich.toml",
        "RICH",
        &["authorization-details/", "resource-indicators/"],
    ),
    ("fixtures/hydra/target-keys.toml", "KEYS", TRUSTED),
    ("fixtures/oidc-provider/target-mtls.toml", "MTLS", CERTIFIED),
    ("fixtures/oidc-provider/target-fapi-mtls.toml", "FAPI MTLS", EACH_KIND),
    ("fixtures/oidc-provider/target-fapi-plain.toml", "FAPI MTLS", EACH_KIND),
    ("fixtures/keycloak/target-mtls.toml", "", &["mutual-tls/"]),
    ("fixtures/keycloak/target-variants.toml", FAPI, EACH_KIND_ON_PAGES),
    ("fixtures/keycloak/target-variants-plain.toml", FAPI, EACH_KIND_ON_PAGES),
];

/// The cases about clients that present certificates.
const CERTIFIED: &[&str] =
    &["mutual-tls/", "token-endpoint/", "pushed-requests/", "revocation/", "introspection/"];

/// The cases about authorization details, on pages that need a browser.
const SCRIPTED: &[&str] = &["--agent", "hybrid", "authorization-details/"];

/// The cases about JWTs that the server trusts, and about clients that register keys and request objects.
const TRUSTED: &[&str] =
    &["--register", "jwt-grant/", "client-keys/", "request-references/", "key-rotation/"];

/// The variable of servers that keep to the FAPI 2.0 profiles, whose target files name the ruleset.
const FAPI: &str = "FAPI";

/// The cases about clients of these profiles.
const PROFILED: &[&str] = &[
    "fapi2-security-profile/",
    "fapi2-message-signing/",
    "dpop/",
    "mutual-tls/",
    "pushed-requests/",
    "jarm/",
];

/// Those about each kind of clients of the Security Profile.
const EACH_KIND: &[&str] = &["fapi2-security-profile/", "dpop/", "mutual-tls/", "pushed-requests/"];

/// The same, on pages that need a browser.
const EACH_KIND_ON_PAGES: &[&str] =
    &["--agent", "hybrid", "fapi2-security-profile/", "dpop/", "mutual-tls/", "pushed-requests/"];

/// Some of them that take no page, as Keycloak's pages have scripts.
const WITHOUT_PAGES: &[&str] = &[
    "client-assertions/",
    "dpop/error",
    "fapi2-security-profile/algorithms",
    "fapi2-security-profile/assertion",
    "fapi2-security-profile/audience-in-a-list",
    "fapi2-security-profile/audience-that-is-the-push",
    "fapi2-security-profile/methods",
    "fapi2-security-profile/reference",
];

/// The server that clients register at, and the cases that do that.
const REGISTERING: &[&str] =
    &["registration/", "registration-management/", "openid-registration/", "client-keys/"];

/// The cases about clients that sign their requests.
const SIGNING: &[&str] = &[
    "--register",
    "signed-requests/",
    "request-objects/",
    "pushed-requests/",
    "pkce/",
    "redirect-uri/",
    "encryption/",
];

/// Some of them, on pages that need a browser.
const SIGNING_ON_PAGES: &[&str] =
    &["--agent", "hybrid", "signed-requests/", "request-objects/", "pkce/", "redirect-uri/"];

/// The cases about access tokens where there is no OpenID Connect.
const AT_RESOURCE: &[&str] =
    &["--agent", "hybrid", "bearer/", "dpop/", "jwt-access-tokens/", "codes/", "revocation/"];

/// The cases about clients that authenticate by assertions.
const ASSERTING: &[&str] = &[
    "client-assertions/",
    "client-secret-jwt/",
    "client-authentication/",
    "client-credentials/",
    "introspection/",
    "jwt-grant/",
    "pushed-requests/",
    "revocation/",
    "token-endpoint/",
];

/// The same, and those about clients that sign their requests, on pages that need a browser.
const ASSERTING_ON_PAGES: &[&str] = &[
    "--agent",
    "hybrid",
    "client-assertions/",
    "client-authentication/",
    "client-credentials/",
    "introspection/",
    "pushed-requests/",
    "request-objects/",
    "request-references/",
    "revocation/",
    "signed-requests/",
    "token-endpoint/",
];

/// The cases about clients whose tokens are bound to keys, on pages that need a browser. Only some of those about pushed
/// requests are among them: all of their errors are 403, and a run would try every case for minutes to see another one. One
/// case at a time, as Glewlwyd answers 500 to some requests that are pushed while others are served.
const BOUND_ON_PAGES: &[&str] = &[
    "--agent",
    "hybrid",
    "--jobs",
    "1",
    "dpop/",
    "pushed-requests/accepted",
    "pushed-requests/in-the-name-of-another",
    "pushed-requests/state-beside-reference",
    "pushed-requests/wrong-secret",
    "token-endpoint/",
    "userinfo/",
];

/// The cases that they are tried on.
const SIGNING_IN: &[&str] = &["pkce/wrong-verifier", "consent/refused", "sign-in/prompt-login"];

/// The exit code of a run in which some cases could not be tried, and nothing is worse.
const INCONCLUSIVE: i32 = 3;

/// How many servers are tried at once: those that start, and browsers that load pages, leave the machine idle.
const AT_ONCE: usize = 3;

fn main() -> ExitCode {
    let trial = |target: &&'static str| {
        let target = *target;
        let name = target.trim_start_matches("fixtures/").trim_end_matches(".toml");
        Trial::ignorable_test(name, move || try_server(target))
    };
    let mut trials: Vec<_> = TARGETS.iter().map(trial).collect();
    let embedded = || again::try_honest().map(|()| Completion::Completed);
    // Between those that wait for their server to start.
    trials.insert(2, Trial::ignorable_test("oidc-provider again and again", try_again));
    trials.insert(5, Trial::ignorable_test("honest again and again", embedded));
    trials.insert(8, Trial::ignorable_test("keycloak with second factors", try_factors));
    trials.insert(8, Trial::ignorable_test("oidc-provider in parts", try_parts));
    trials.push(Trial::ignorable_test("oidc-provider with new clients", try_registering));
    for (target, variable, words) in KEYS {
        let name = target.trim_start_matches("fixtures/").trim_end_matches(".toml");
        trials.push(Trial::ignorable_test(name, move || try_some(target, Some(variable), words)));
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_ONCE));
    let conclusion = libtest_mimic::run(&arguments, trials);
    turn::stop_all();
    conclusion.exit_code()
}

/// Users of one server who have one-time codes, or passkeys: one start is enough for all.
fn try_factors() -> Result<Completion, Failed> {
    let mut turn = Turn::wait(FACTORS[0]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !turn.start(&root.join(FACTORS[0]))? {
        return Ok(missing());
    }
    for target in FACTORS {
        let folder = tempfile::tempdir()?;
        let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
            .current_dir(folder.path())
            .args(["run", &root.join(target).display().to_string(), "--ruleset", "oidc"])
            .args(SIGNING_IN)
            .output()?;
        if !run.status.success() {
            let said = [run.stdout, run.stderr].concat();
            return Err(format!("{}{}", String::from_utf8_lossy(&said), run.status).into());
        }
    }
    Ok(Completion::Completed)
}

/// Clients that are registered for a case.
fn try_registering() -> Result<Completion, Failed> {
    let words: Vec<_> = std::iter::once("--register").chain(REGISTERING.iter().copied()).collect();
    try_some(OIDC_PROVIDER, None, &words)
}

/// Some cases, over plain HTTP unless the words say otherwise.
fn try_some(target: &str, how: Option<&str>, words: &[&str]) -> Result<Completion, Failed> {
    let mut turn = Turn::wait(target);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !turn.start_as(&root.join(target), how)? {
        return Ok(missing());
    }
    let folder = tempfile::tempdir()?;
    let keeps_to_profile = how.is_some_and(|how| how.split(' ').any(|name| name == FAPI));
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .current_dir(folder.path())
        .args(["run", &root.join(target).display().to_string()])
        .args(if words.contains(&"--agent") { &[][..] } else { &["--agent", "forms"] })
        .args(if keeps_to_profile { &[][..] } else { &["--ruleset", "oidc"] })
        .args(words)
        .output()?;
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    match run.status.success() {
        true => Ok(Completion::Completed),
        false => Err(format!("{said}{}", run.status).into()),
    }
}

/// A run in four parts, joined, is one whole run.
fn try_parts() -> Result<Completion, Failed> {
    let _turn = Turn::wait(OIDC_PROVIDER);
    let folder = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join(OIDC_PROVIDER).display().to_string();
    let authspec = |words: &[&str]| {
        let mut authspec = Command::new(env!("CARGO_BIN_EXE_authspec"));
        authspec.current_dir(folder.path()).args(words).output()
    };
    let run = ["run", &target, "--start", "--agent", "forms", "--evidence"];
    let whole = authspec(&[&run[..], &["whole"]].concat())?;
    let complaints = String::from_utf8_lossy(&whole.stderr);
    if let Some(why) = not_here(&complaints) {
        return Ok(Completion::ignored_with(why));
    }
    let parts = ["1", "2", "3", "4"];
    for part in parts {
        authspec(&[&run[..], &[part, "--partition", &format!("hash:{part}/4")]].concat())?;
    }
    let merged = authspec(&[&["merge", "--output", "merged"], &parts[..]].concat())?;
    let compared = authspec(&["compare", "whole", "merged"])?;
    let said = [merged.stderr, compared.stdout, compared.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    match compared.status.success() && said.contains("no difference in") {
        true => Ok(Completion::Completed),
        false => Err(format!("{complaints}{said}").into()),
    }
}

/// Runs, `doctor` and an audit after each other on a server that runs all the time say the same, and so do
/// cases that are tried alone after them; one case in ten is.
fn try_again() -> Result<Completion, Failed> {
    let mut turn = Turn::wait(OIDC_PROVIDER);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join(OIDC_PROVIDER);
    if !turn.start(&target)? {
        return Ok(missing());
    }
    let again = Again::new(&target, "forms")?;
    let (first, mut others) = again.three_times()?;
    let is_case = |id: &&String| !id.starts_with("always/");
    for id in first.keys().filter(is_case).step_by(10) {
        let alone = again.verdicts(&[id])?;
        if alone.get(id) != first.get(id) {
            others.push(format!("{id}: {:?} alone, not {:?}", alone.get(id), first.get(id)));
        }
    }
    match others.is_empty() && first.len() > 300 {
        true => Ok(Completion::Completed),
        false => Err(format!("{} cases: {others:#?}", first.len()).into()),
    }
}

fn missing() -> Completion {
    Completion::ignored_with("the server cannot be had here")
}

/// Why the server cannot be had, where that is nothing to fail for.
fn not_here(complaints: &str) -> Option<&str> {
    let (_, why) = complaints.split_once("cannot be had here: ")?;
    std::env::var_os("CI").is_none().then_some(why.trim())
}

/// What is done about snapshots. Those of Keycloak and Spring are there to be read, and are not compared: on each
/// start, Keycloak lists scopes in another order, and its `acr` depends on who signed in first; Spring has new keys.
fn snapshots(target: &str) -> String {
    let asked = std::env::var("AUTHSPEC_SNAPSHOTS");
    let changes = ["/keycloak/", "/spring/"].iter().any(|server| target.contains(server));
    let unsaid = if changes { "off" } else { "check" };
    asked.unwrap_or_else(|_| unsaid.to_owned())
}

/// A whole run, and then the cases that hang on what the server keeps once more.
fn try_server(target: &str) -> Result<Completion, Failed> {
    let mut turn = Turn::wait(target);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join(target);
    if !turn.start(&path)? {
        return Ok(missing());
    }
    let again = Again::new(&path, "hybrid")?;
    let folder = root.join("snapshots").display().to_string();
    let snapshots = ["--snapshots", &snapshots(target), "--snapshot-dir", &folder];
    let run = again.authspec("run", &[&["--results", "results.json"], &snapshots[..]].concat())?;
    let mut more = Verdicts::new();
    if run.status.code() == Some(INCONCLUSIVE) {
        // What could not be tried, as on a busy machine, has to be once it is tried again. What failed, failed.
        let words = ["--rerun-failed=results.json", "--results", "again.json"];
        assert_passed(again.authspec("run", &[&words[..], &snapshots[..]].concat())?)?;
        more = again.read_from("again.json")?;
    } else {
        assert_passed(run)?;
    }
    let mut first = again.read()?;
    first.extend(more);
    let later = again.verdicts(STATEFUL)?;
    let others = again::difference(&first, &later);
    match others.is_empty() && later.len() > 15 {
        true => Ok(Completion::Completed),
        false => Err(format!("{} cases once more: {others:#?}", later.len()).into()),
    }
}

/// Fails with all that the run has said.
fn assert_passed(run: Output) -> Result<(), Failed> {
    if run.status.success() {
        return Ok(());
    }
    let said = [run.stdout, run.stderr].concat();
    Err(format!("{}{}", String::from_utf8_lossy(&said), run.status).into())
}
