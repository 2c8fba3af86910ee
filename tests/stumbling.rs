//! The embedded server behind a proxy that fails by chance, or takes its time: no verdict is wrong then,
//! and hardly any is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::command::{Ran, authspec};
use authspec::cli::{AgentArg, RunArgs, prepare};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use honest::{Config, Honest, Reserved};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

/// What the proxy does to requests.
#[derive(Clone, Copy)]
struct Fault {
    /// One in so many fails, now with a 500 and now by the end of the connection; none where it is 0.
    one_in: u64,
    /// Which ones.
    seed: u64,
    /// How long each takes.
    delay: Duration,
}

const SOUND: Fault = Fault { one_in: 0, seed: 0, delay: Duration::ZERO };

struct Proxy {
    server: String,
    http: reqwest::Client,
    fault: Fault,
    count: AtomicU64,
}

/// A number by chance, the same each time (SplitMix64).
fn by_chance(seed: u64, count: u64) -> u64 {
    let mut mixed = seed.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let chance = by_chance(proxy.fault.seed, proxy.count.fetch_add(1, Ordering::Relaxed));
    let fails = proxy.fault.one_in > 0 && chance.is_multiple_of(proxy.fault.one_in);
    tokio::time::sleep(proxy.fault.delay).await;
    // Some of those that fail were taken all the same.
    let is_taken = !fails || chance & 64 == 0;
    let mut passed = Response::new(Body::empty());
    if is_taken {
        let mut headers = parts.headers;
        headers.remove(header::HOST);
        let url = format!("{}{}", proxy.server, parts.uri);
        let sent = proxy.http.request(parts.method, url).headers(headers).body(body);
        let answer = sent.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        passed = Response::new(Body::from(answer.bytes().await.unwrap()));
        *passed.status_mut() = status;
        *passed.headers_mut() = headers;
    }
    match (fails, chance & 128) {
        (false, _) => passed,
        (true, 0) => Response::builder().status(500).body(Body::empty()).unwrap(),
        // Nobody is told of this panic; it ends the connection alone.
        (true, _) => std::panic::resume_unwind(Box::new(())),
    }
}

/// The embedded server behind the proxy.
struct Bench {
    target: String,
    _runtime: Runtime,
    _honest: Honest,
    _callbacks: Reserved,
}

impl Bench {
    fn start(fault: Fault) -> Self {
        let runtime = Runtime::new().unwrap();
        let callbacks = Reserved::new(0).unwrap();
        let callback_port = callbacks.port();
        let (honest, listener) = runtime.block_on(async {
            let config = Config { callback_port, ..Config::default() };
            let honest = Honest::start(config).await.unwrap();
            (honest, TcpListener::bind("127.0.0.1:0").await.unwrap())
        });
        let redirect = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirect).no_proxy().build().unwrap();
        let (server, count) = (honest.issuer().to_owned(), AtomicU64::new(0));
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new();
        let proxy = Arc::new(Proxy { server, http, fault, count });
        let router = router.fallback(pass).with_state(proxy);
        runtime.spawn(async move { axum::serve(listener, router).await });
        let port = Url::parse(honest.issuer()).unwrap().port().unwrap();
        let endpoints = [
            ("authorization", "authorize"),
            ("token", "token"),
            ("userinfo", "userinfo"),
            ("revocation", "revoke"),
            ("introspection", "introspect"),
        ];
        let endpoints: String = endpoints
            .iter()
            .map(|(name, path)| format!("endpoint.{name} = \"{address}/{path}\"\n"))
            .collect();
        let target = endpoints + &honest::target_file(port, callback_port);
        Self { target, _runtime: runtime, _honest: honest, _callbacks: callbacks }
    }
}

/// The cases with their verdicts, those that do not apply left out.
fn verdicts(ran: &Ran) -> Vec<(String, String)> {
    let cases = ran.cases();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let cases = cases.iter().map(|case| (text(&case["id"]), text(&case["verdict"])));
    cases.filter(|(_, verdict)| verdict != "not-applicable").collect()
}

#[track_caller]
fn assert_steady(fault: Fault, words: &[&str]) {
    let ran = authspec(&Bench::start(fault).target, words);
    let all = verdicts(&ran);
    let of = |verdict: &str| all.iter().filter(|(_, it)| it == verdict).count();
    assert_eq!(of("pass") + of("inconclusive"), all.len(), "{}", ran.said());
    assert!(all.len() > 20 && of("inconclusive") * 100 <= all.len(), "{}", ran.said());
}

#[test]
fn one_failure_in_fifty_makes_no_verdict_wrong_and_hardly_any_missing() {
    for seed in [1, 2, 3] {
        // Proofs name the address of the proxy, which the server does not take for its own.
        assert_steady(Fault { one_in: 50, seed, ..SOUND }, &["-E", "!suite(dpop)"]);
    }
}

/// A tenth of two seconds for each request, with a tenth of the patience.
#[test]
fn a_slow_server_is_judged_as_a_quick_one() {
    let words = ["--timeout", "1s", "--max-wait", "30s", "pkce/", "codes/"];
    assert_steady(Fault { delay: Duration::from_millis(200), ..SOUND }, &words);
}

#[test]
fn a_run_after_a_run_says_the_same() {
    let bench = Bench::start(SOUND);
    let first = verdicts(&authspec(&bench.target, &[]));
    assert!(first.len() > 300, "{}", first.len());
    for _ in 0..2 {
        assert_eq!(verdicts(&authspec(&bench.target, &[])), first);
    }
}

#[test]
fn each_case_alone_says_what_the_whole_run_says() {
    let bench = Bench::start(SOUND);
    let ran = authspec(&bench.target, &[]);
    let file = ran.folder.path().join("target.toml").display().to_string();
    let args = RunArgs {
        words: vec![file],
        agent: Some(AgentArg::Forms),
        ruleset: Some("oauth2.1".to_owned()),
        ..RunArgs::default()
    };
    let runtime = Runtime::new().unwrap();
    let mut others = Vec::new();
    for (id, verdict) in verdicts(&ran) {
        let prepared = prepare(&args).unwrap();
        let index = prepared.plans().iter().position(|plan| plan.id == id).unwrap();
        let started = runtime.block_on(prepared.start()).unwrap();
        let result = runtime.block_on(started.run.result(index));
        let alone = result.judged.verdict.name();
        others.extend((alone != verdict).then(|| format!("{id}: {alone} alone, not {verdict}")));
    }
    assert!(others.is_empty(), "{others:#?}");
}
