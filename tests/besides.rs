//! What a target file has clients send besides arrives at every valid request, and its secrets are
//! told to nobody else.

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use honest::{Config, Honest};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

/// A request, as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    path: String,
    query: String,
    body: String,
    tenant: Option<String>,
}

/// The embedded server behind a proxy that notes what arrives.
struct Recorder {
    server: String,
    http: reqwest::Client,
    arrived: Mutex<Vec<Arrived>>,
}

async fn pass(State(recorder): State<Arc<Recorder>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let tenant = parts.headers.get("x-tenant").map(|it| it.to_str().unwrap().to_owned());
    recorder.arrived.lock().unwrap().push(Arrived {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        tenant,
    });
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let url = format!("{}{}", recorder.server, parts.uri);
    let sent = recorder.http.request(parts.method, url).headers(headers).body(body);
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut passed = Response::new(Body::from(answer.bytes().await.unwrap()));
    *passed.status_mut() = status;
    *passed.headers_mut() = headers;
    passed
}

/// What is added to the client `web` of the embedded server's target file.
const WEB: &str = r#"
[client.web.authorize]
ui_locales = "de"
resource   = "https://api.example/"

[client.web.token]
body   = { audience = "https://api.example", key = "env:AUTHSPEC_TEST_KEY" }
query  = { version = "2" }
header = { X-Tenant = "acme" }

[client.web.refresh]
body   = { audience = "https://other.example" }
"#;

/// What is added for all of them.
const ALL: &str = "authorize = { ui_locales = \"en\", prompt = \"consent\" }\n\
                   token.query = { version = \"1\", all = \"yes\" }\n";

const KEY: &str = "a-key-that-nobody-else-is-to-see";
const VERIFIER: &str = "one-verifier-for-all-flows-of-this-client-0123";

/// Runs cases against the embedded server, and returns what arrived there.
fn run(words: &[&str], folder: &TempDir) -> (Output, Vec<Arrived>) {
    let runtime = Runtime::new().unwrap();
    let (honest, listener) = runtime.block_on(async {
        let honest = Honest::start(Config::default()).await.unwrap();
        (honest, TcpListener::bind("127.0.0.1:0").await.unwrap())
    });
    let redirect = reqwest::redirect::Policy::none();
    let recorder = Arc::new(Recorder {
        server: honest.issuer().to_owned(),
        http: reqwest::Client::builder().redirect(redirect).no_proxy().build().unwrap(),
        arrived: Mutex::default(),
    });
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass).with_state(Arc::clone(&recorder));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let port = Url::parse(honest.issuer()).unwrap().port().unwrap();
    let target = honest::target_file(port, Config::default().callback_port);
    let endpoints = ["authorization", "token"].map(|name| {
        let path = if name == "token" { "token" } else { "authorize" };
        format!("endpoint.{name} = \"{proxy}/{path}\"\n")
    });
    let own = "challenge_method = \"plain\"\nverifier = \"env:AUTHSPEC_TEST_VERIFIER\"\n";
    let target = target.replace("[client.web]\n", &format!("[client.web]\n{own}"));
    let target = endpoints.concat() + ALL + &target + WEB;
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["run", "target.toml", "--agent", "forms", "--results", "results.json"])
        .args(words)
        .current_dir(folder)
        .env("AUTHSPEC_TEST_KEY", KEY)
        .env("AUTHSPEC_TEST_VERIFIER", VERIFIER)
        .output()
        .unwrap();
    let arrived = recorder.arrived.lock().unwrap().clone();
    (output, arrived)
}

fn has(text: &str, part: &str) -> bool {
    text.split('&').any(|known| known == part)
}

#[test]
fn what_is_sent_besides_arrives_at_every_valid_request() {
    let folder = TempDir::new().unwrap();
    let (output, arrived) = run(&["revocation/refresh-token@web", "pkce/wrong-verifier"], &folder);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let of = |path: &str, part: &str| {
        let all = arrived.iter().filter(|it| it.path == path);
        all.filter(|it| has(&it.query, part) || has(&it.body, part)).collect::<Vec<_>>()
    };
    let web: Vec<_> = of("/authorize", "client_id=web");
    assert!(web.len() >= 2, "{arrived:#?}");
    for request in web {
        let challenge = format!("code_challenge={VERIFIER}");
        for part in [
            "ui_locales=de",
            "prompt=consent",
            "resource=https%3A%2F%2Fapi.example%2F",
            "code_challenge_method=plain",
            &challenge,
        ] {
            assert!(has(&request.query, part), "no {part}: {request:#?}");
        }
    }
    let redeemed: Vec<_> = of("/token", "grant_type=authorization_code")
        .into_iter()
        .filter(|it| it.body.contains("web"))
        .collect();
    assert!(redeemed.len() >= 2, "{arrived:#?}");
    for request in redeemed {
        assert!(has(&request.query, "version=2") && has(&request.query, "all=yes"), "{request:#?}");
        assert!(has(&request.body, "audience=https%3A%2F%2Fapi.example"), "{request:#?}");
        assert!(has(&request.body, &format!("key={KEY}")), "{request:#?}");
        assert_eq!(request.tenant.as_deref(), Some("acme"), "{request:#?}");
    }
    let refreshed = of("/token", "grant_type=refresh_token");
    assert!(!refreshed.is_empty(), "{arrived:#?}");
    for request in refreshed {
        assert!(has(&request.body, "audience=https%3A%2F%2Fother.example"), "{request:#?}");
        assert!(request.query.is_empty() && request.tenant.is_none(), "{request:#?}");
    }
    let of_others: Vec<_> = of("/authorize", "client_id=native");
    assert!(!of_others.is_empty(), "{arrived:#?}");
    for request in of_others {
        assert!(has(&request.query, "ui_locales=en") && !request.query.contains("resource"));
        assert!(has(&request.query, "code_challenge_method=S256"), "{request:#?}");
    }
}

/// A client whose flows use plain has nothing to say about S256, and is not said to have passed.
#[test]
fn what_plain_flows_cannot_show_is_not_judged() {
    let folder = TempDir::new().unwrap();
    let (output, _) = run(&["-v", "pkce/s256-accepted@web", "pkce/wrong-verifier@web"], &folder);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |case: &str| said.lines().find(|line| line.contains(case)).unwrap().to_owned();
    assert!(line("pkce/s256-accepted@web").contains(" SKIP ["), "{said}");
    assert!(line("pkce/wrong-verifier@web").contains(" PASS ["), "{said}");
}

#[test]
fn what_stood_in_the_environment_is_hidden() {
    let folder = TempDir::new().unwrap();
    let (output, _) = run(&["pkce/"], &folder);
    let mut texts = vec![String::from_utf8_lossy(&output.stdout).into_owned()];
    let evidence = folder.path().join("target/evidence/honest/pkce");
    let files = std::fs::read_dir(evidence).unwrap().map(|entry| entry.unwrap().path());
    texts.extend(files.map(|path| std::fs::read_to_string(path).unwrap()));
    texts.push(std::fs::read_to_string(folder.path().join("results.json")).unwrap());
    assert!(texts.iter().any(|text| text.contains("key=[key]")), "{}", texts[0]);
    for text in texts {
        assert!(!text.contains(KEY) && !text.contains(VERIFIER), "{text}");
    }
}
