//! The harness tested by breaking the server: the embedded server passes every case, each case
//! fails on some defect, and each defect is caught.

#[path = "selftest/asked.rs"]
mod asked;
#[path = "selftest/kept.rs"]
mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use asked::Asked;
use authspec::cli::{AgentArg, RunArgs, prepare};
use authspec::oauth::Level;
use authspec::run::{CaseResult, Finding, PlanKind, Verdict};
use honest::{Allowance, Defect};
use kept::Kept;
use tokio::task::JoinSet;

/// As the program has it: with the system's own, the matrix takes half as long again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rulesets with the cases to try under them, all where none are named: together, every case.
const RULESETS: &[(&str, &[&str])] = &[
    ("oauth2.1", &[]),
    ("oauth2", &["redirect-uri/missing-at-token", "always/no-cache"]),
    (
        "oidc",
        &[
            "id-token/",
            "id-token-claims/",
            "id-token-form/",
            "key-set/",
            "key-rotation/",
            "prompt/",
            "user-claims/",
            "id-token-refresh/",
            "sign-in/",
            "consent/",
            "reauthentication/",
            "request-parameters/",
            "claims-parameter/",
            "request-objects/",
            "userinfo/",
            "openid-metadata/",
            "logout/",
            "back-channel-logout/",
            "client-assertions/",
            "client-secret-jwt/",
            "openid-registration/",
            "client-keys/",
            "request-references/",
            "pairwise/",
            "sector-documents/",
            "registered-clients/",
            "encryption/",
            "cors/",
            "always/nothing-beside-errors",
            "always/claim-sources",
        ],
    ),
];

/// The same on an embedded server that allows the implicit grant, which a sound one of today does not.
const LAX: &[(&str, &[&str])] = &[
    ("oauth2", &["implicit-grant/", "response-modes/", "password-grant/", "jarm/"]),
    (
        "oidc",
        &[
            "implicit-grant/",
            "id-token-front-channel/",
            "implicit-flow/",
            "hybrid-flow/",
            "implicit-users/",
            "hybrid-users/",
            "openid-registration/implicit",
            "registered-clients/",
        ],
    ),
];

/// The same on an embedded server that binds all access tokens, and wants a nonce in each proof.
const BOUND: &[(&str, &[&str])] =
    &[("oauth2.1", &["dpop/bound-client-without-proof", "dpop/nonce-"])];

/// The same on an embedded server whose clients present certificates.
const MTLS: &[(&str, &[&str])] = &[("oauth2.1", &["mutual-tls/"])];

/// The same on an embedded server that keeps to the FAPI 2.0 profiles.
const FAPI2: &[(&str, &[&str])] = &[(
    "fapi2-message-signing",
    &[
        "fapi2-security-profile/",
        "fapi2-message-signing/",
        "pushed-requests/usable-without-other-references",
    ],
)];

/// The same on an embedded server that tells clients in frames that a session has ended, or has changed.
const FRAMES: &[(&str, &[&str])] = &[(
    "oidc",
    &[
        "front-channel-logout/session-in-id-token",
        "front-channel-logout/listed",
        "session/state-",
        "session/listed",
    ],
)];

/// Defects that take waiting to be seen, and the cases that wait.
const SLOW: &[(Defect, &str)] = &[
    (Defect::NeverExpiresCodes, "expiry/"),
    (Defect::NeverExpiresCodes, "fapi2-security-profile/code-after-a-minute"),
    (Defect::NeverExpiresAccessTokens, "expiry/"),
    (Defect::ForgetsUsedCodes, "codes/late-replay"),
    (Defect::KeepsExpiredReferences, "pushed-requests/expired"),
];

/// Defects that only a real browser sees, and the cases that take one.
const IN_BROWSER: &[(Defect, &str)] = &[
    (Defect::AllowsFraming, "pages/framed"),
    (Defect::LoadsForeignImage, "pages/referer"),
    (Defect::LoadsNoFrames, "front-channel-logout/called"),
    (Defect::LoadsFrameOfLeavingClientOnly, "front-channel-logout/every-client"),
    (Defect::DropsQueryOfFrames, "front-channel-logout/query-kept"),
    (Defect::OmitsSessionInFrames, "front-channel-logout/names-session-where-required"),
    (Defect::NamesSessionAloneInFrames, "front-channel-logout/both-or-neither"),
    (Defect::MisnamesIssuerInFrames, "front-channel-logout/issuer"),
    (Defect::MistakesSessionInFrames, "front-channel-logout/same-session"),
    (Defect::NeverSaysUnchanged, "session/unchanged"),
    (Defect::NeverSaysChanged, "session/other-state"),
    (Defect::KeepsStateOfAgent, "session/after-logout"),
    (Defect::SaysChangedToAnything, "session/malformed"),
];

/// How many servers are tried at once.
const AT_ONCE: usize = 16;

/// Of so many defects one is tried with every case, whether an answer depends on it or not; `AUTHSPEC_MATRIX=whole`
/// does that with all of them.
const WHOLE: usize = 60;

/// What is tried under each ruleset, and how.
fn settings() -> Vec<RunArgs> {
    let of = |(ruleset, filters): &(&str, &[&str]), allows: &[Allowance]| RunArgs {
        words: filters.iter().map(|&filter| filter.to_owned()).collect(),
        ruleset: Some((*ruleset).to_owned()),
        agent: Some(AgentArg::Forms),
        allows: allows.to_vec(),
        register: true,
        ..RunArgs::default()
    };
    let strict = RULESETS.iter().map(|one| of(one, &[]));
    let lax = LAX.iter().map(|one| of(one, Allowance::GRANTS));
    let bound = BOUND.iter().map(|one| of(one, &[Allowance::Bound, Allowance::Nonces]));
    let fapi = FAPI2.iter().map(|one| of(one, &[Allowance::Fapi2]));
    let certified = MTLS.iter().map(|one| of(one, &[Allowance::Mtls]));
    let framed = FRAMES.iter().map(|one| of(one, &[Allowance::Frames]));
    strict.chain(lax).chain(bound).chain(certified).chain(fapi).chain(framed).collect()
}

async fn results(defects: Vec<Defect>, ruleset: &str) -> Vec<Arc<CaseResult>> {
    let (ruleset, agent) = (Some(ruleset.to_owned()), Some(AgentArg::Forms));
    let args = RunArgs { ruleset, agent, defects, register: true, ..RunArgs::default() };
    tried(args, false).await.0
}

/// The results of cases that take a browser.
async fn browser_results(defects: Vec<Defect>, filter: &str) -> Vec<Arc<CaseResult>> {
    let is_framed = ["front-channel-logout/", "session/"].iter().any(|it| filter.starts_with(it));
    let allows = is_framed.then_some(Allowance::Frames).into_iter().collect();
    let ruleset = is_framed.then(|| "oidc".to_owned());
    let (words, agent) = (vec![filter.to_owned()], Some(AgentArg::Hybrid));
    let args = RunArgs { words, ruleset, agent, defects, allows, ..RunArgs::default() };
    tried(args, false).await.0
}

/// The results of cases that wait; the embedded server's codes and tokens expire soon then.
async fn slow_results(defects: Vec<Defect>, filter: &str) -> Vec<Arc<CaseResult>> {
    let is_profiled = filter.starts_with("fapi2-");
    let allows = is_profiled.then_some(Allowance::Fapi2).into_iter().collect();
    let ruleset = is_profiled.then(|| "fapi2".to_owned());
    let (words, agent) = (vec![filter.to_owned()], Some(AgentArg::Forms));
    let args = RunArgs { words, ruleset, agent, defects, allows, ..RunArgs::default() };
    tried(RunArgs { slow: true, ..args }, false).await.0
}

/// The results of a run, and the defects that any answer depended on. In a part of a run, what always holds is looked
/// for in the answers that there are; in a whole one, cases that nobody asked for are tried if it was not seen.
async fn tried(args: RunArgs, is_part: bool) -> (Vec<Arc<CaseResult>>, BTreeSet<Defect>) {
    let mut prepared = prepare(&args).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    prepared.tries_all = true;
    let count = prepared.plans().len();
    let mut started = prepared.start().await.unwrap_or_else(|wrong| panic!("{wrong:?}"));
    Arc::get_mut(&mut started.run).expect("nobody else has it yet").is_part = is_part;
    let run = &started.run;
    let mut results = Vec::new();
    for index in 0..count {
        results.push(run.result(index).await);
    }
    run.agent().stop().await;
    (results, started.asked())
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_passes_every_case() {
    for (ruleset, _) in RULESETS {
        let results = results(Vec::new(), ruleset).await;
        assert!(results.len() >= 50, "only {} cases", results.len());
        let wrong: Vec<_> = results
            .iter()
            .filter(|it| !matches!(it.judged.verdict, Verdict::Pass | Verdict::NotApplicable))
            .map(|it| format!("{} {:?}", it.plan.id, it.judged))
            .collect();
        assert!(wrong.is_empty(), "{ruleset}: {wrong:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_passes_every_case_of_the_implicit_grant() {
    for args in settings().into_iter().filter(|args| !args.allows.is_empty()) {
        for result in tried(args, false).await.0 {
            let (id, verdict) = (&result.plan.id, result.judged.verdict);
            assert!(matches!(verdict, Verdict::Pass | Verdict::NotApplicable), "{id} {verdict:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_passes_every_case_that_waits() {
    let cases: BTreeSet<_> = SLOW.iter().map(|(_, cases)| *cases).collect();
    for cases in cases {
        for result in slow_results(Vec::new(), cases).await {
            assert_eq!(result.judged.verdict, Verdict::Pass, "{}", result.plan.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_passes_every_case_that_takes_a_browser() {
    for (_, cases) in IN_BROWSER {
        for result in browser_results(Vec::new(), cases).await {
            assert_eq!(result.judged.verdict, Verdict::Pass, "{}", result.plan.id);
        }
    }
}

/// Whether the result says that something is wrong, as strongly as the case can say it.
///
/// Where a request may be granted or refused, only the manner of the refusal can be wrong, and that a server
/// crashes over a request is a warning however strong the sentence is.
fn caught(result: &CaseResult) -> bool {
    let is_in_another_manner = |finding: &Finding| {
        finding.actual.starts_with("crashes") || finding.refused && may_be_either(result)
    };
    match result.plan.level {
        Level::Must => {
            result.judged.verdict == Verdict::Fail
                || result.judged.verdict == Verdict::Warn
                    && result.judged.findings.iter().any(is_in_another_manner)
        }
        Level::Should | Level::May => result.judged.verdict == Verdict::Warn,
    }
}

/// Whether the case takes both a grant and a refusal for right.
fn may_be_either(result: &CaseResult) -> bool {
    let PlanKind::Case { case, .. } = &result.plan.what else { return false };
    let expected = case.steps.iter().filter_map(|step| step.expect.as_ref());
    expected.into_iter().any(|expect| {
        expect.iter().any(|one| one.error.is_some()) && expect.iter().any(|one| one.error.is_none())
    })
}

/// The results of cases for an embedded server with this defect, each once where it is to be seen: of those that can
/// see it, or of all.
///
/// Boxed, as the compiler loses its way in the type of the whole.
fn tried_with(
    defect: Defect,
    is_whole: bool,
    asked: Arc<Asked>,
) -> Pin<Box<dyn Future<Output = Vec<Arc<CaseResult>>> + Send>> {
    Box::pin(async move {
        let mut all = Vec::new();
        for (setting, args) in settings().into_iter().enumerate() {
            let sees = asked.of(setting, Some(defect));
            let words =
                if is_whole { asked.of(setting, None) } else { asked.tried(setting, defect) };
            if words.is_empty() {
                continue;
            }
            let args = RunArgs { words, defects: vec![defect], ..args };
            let results = tried(args, !is_whole).await.0;
            for result in results.iter().filter(|result| caught(result)) {
                let id = &result.plan.id;
                assert!(sees.contains(id), "{id} sees {defect}, on which no answer to it depends");
            }
            all.extend(results);
        }
        for (_, cases) in SLOW.iter().filter(|(slow, _)| *slow == defect) {
            all.extend(slow_results(vec![defect], cases).await);
        }
        if let Some((_, cases)) = IN_BROWSER.iter().find(|(seen, _)| *seen == defect) {
            all.extend(browser_results(vec![defect], cases).await);
        }
        all
    })
}

/// The defects with their numbers. Those that wait come first, and those that all cases are tried with come early, so
/// that none of them still runs when the others are done.
fn in_order() -> Vec<(usize, Defect)> {
    let defects = Defect::ALL.iter().copied().filter(|defect| !defect.breaks_network());
    let mut defects: Vec<_> = defects.enumerate().collect();
    let waits = |defect: Defect| SLOW.iter().chain(IN_BROWSER).any(|(it, _)| *it == defect);
    defects.sort_by_key(|&(index, defect)| {
        let place = if index % WHOLE == 0 { index / 2 } else { index };
        if waits(defect) { 0 } else { place }
    });
    defects
}

#[tokio::test(flavor = "multi_thread")]
async fn each_case_fails_on_a_defect_and_each_defect_is_caught() {
    let asked_for = std::env::var("AUTHSPEC_MATRIX").unwrap_or_default();
    let is_known = ["", "all", "whole"].contains(&asked_for.as_str());
    assert!(
        is_known,
        "AUTHSPEC_MATRIX is `{asked_for}`: set it to `all` or `whole`, or not at all"
    );
    let asked = Asked::look(asked_for.is_empty().then(Kept::read)).await;
    println!("{}", asked.share());
    let case = |id: String| id.split('@').next().unwrap_or_default().to_owned();
    let all = (0..settings().len()).flat_map(|setting| asked.of(setting, None));
    let mut cases: BTreeSet<_> = all.map(case).collect();
    let mut matrix: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    let mut defects = in_order().into_iter();
    loop {
        while tasks.len() < AT_ONCE {
            let Some((index, defect)) = defects.next() else { break };
            let is_whole = asked_for == "whole" || index % WHOLE == 0;
            let asked = Arc::clone(&asked);
            tasks.spawn(async move { (defect, tried_with(defect, is_whole, asked).await) });
        }
        let Some(done) = tasks.join_next().await else { break };
        let (defect, results) = done.unwrap();
        let found = matrix.entry(defect.name()).or_default();
        for result in results {
            if !matches!(result.plan.what, PlanKind::NotApplicable(_)) {
                cases.insert(result.plan.case().to_owned());
            }
            if caught(&result) {
                found.insert(result.plan.case().to_owned());
            }
        }
    }
    let text: String = matrix
        .iter()
        .map(|(defect, cases)| {
            let cases: Vec<_> = cases.iter().map(String::as_str).collect();
            format!("{defect}\n{}", cases.iter().fold(String::new(), |t, c| t + "    " + c + "\n"))
        })
        .collect();
    println!("{}", Kept::read().difference(&text));
    insta::assert_snapshot!("matrix", text);
    assert_complete(&cases, &matrix);
}

/// Asserts that each case fails on a defect, and each defect is caught.
fn assert_complete(cases: &BTreeSet<String>, matrix: &BTreeMap<&str, BTreeSet<String>>) {
    let known: BTreeSet<_> = matrix.values().flatten().cloned().collect();
    let never: Vec<_> =
        cases.difference(&known).filter(|it| !UNTRIED.contains(&it.as_str())).collect();
    assert!(never.is_empty(), "cases that no defect fails: {never:#?}");
    let unseen = matrix.iter().filter(|(_, cases)| cases.is_empty()).map(|(defect, _)| *defect);
    let unseen: Vec<_> = unseen.filter(|defect| !AUDITED.contains(defect)).collect();
    assert_eq!(unseen, BEFORE_ALL, "defects that no case catches");
}

/// Defects that keep a run from starting: nothing is tried, and the run says why.
const BEFORE_ALL: &[&str] = &["misnames-issuer"];

/// Defects that an audit sees and no run: what they break no ruleset asks for, or clients are registered
/// to look at it. The matrix of `tests/audit` has them.
const AUDITED: &[&str] = &["closes-token-to-scripts", "registers-implicit", "registers-password"];

/// Cases that the embedded server cannot be asked, as it supports what they need absent; that only an audit asks
/// of clients with a secret, which have none in the profile; and one that takes two defects to fail.
const UNTRIED: &[&str] = &[
    "pkce/plain-refused",
    "fapi2-security-profile/no-secret-sent",
    "fapi2-security-profile/no-secret-sent-by-a-service",
    "fapi2-security-profile/unsigned-object-not-pushed",
];

#[tokio::test(flavor = "multi_thread")]
async fn metadata_of_another_issuer_keeps_a_run_from_starting() {
    for result in results(vec![Defect::MisnamesIssuer], "bcp").await {
        let reason = result.judged.reason.clone().unwrap_or_default();
        assert_eq!(result.judged.verdict, Verdict::Inconclusive, "{}", result.plan.id);
        assert!(reason.contains("issuer.example.com"), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_network_is_inconclusive_and_ends() {
    for defect in Defect::ALL.iter().copied().filter(|defect| defect.breaks_network()) {
        let start = Instant::now();
        for result in results(vec![defect], "bcp").await {
            let verdict = result.judged.verdict;
            assert_eq!(verdict, Verdict::Inconclusive, "{defect}: {}", result.plan.id);
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{defect} took {:?}", start.elapsed());
    }
}
