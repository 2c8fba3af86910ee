//! A reverse proxy before the embedded server that notes every secret that passes.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use honest::{Config, Defect, Honest};
use scraper::{Html, Selector};
use tokio::net::TcpListener;
use url::{Url, form_urlencoded};

use super::secrets::Secrets;

/// Parameters and members whose values are nobody's business.
const NAMES: &[&str] = &[
    "code",
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "client_assertion",
    "client_secret",
    "password",
    "code_verifier",
    "state",
    "nonce",
    "csrf",
    "interaction",
];

/// The embedded server behind a proxy; both end when it is dropped.
pub(crate) struct Recorder {
    _runtime: tokio::runtime::Runtime,
    _honest: Honest,
    target: String,
    notes: Arc<Notes>,
}

struct Notes {
    server: String,
    http: reqwest::Client,
    secrets: Mutex<Secrets>,
}

impl Recorder {
    pub(crate) fn start(defects: &[Defect]) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let config = Config { defects: defects.to_vec(), ..Config::default() };
        let (honest, listener) = runtime.block_on(async {
            (Honest::start(config).await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap())
        });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let server = honest.issuer().to_owned();
        let port = Url::parse(&server).unwrap().port().unwrap();
        let target = honest::target_file(port, Config::default().callback_port);
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let endpoints =
            ["token", "userinfo"].map(|it| format!("endpoint.{it} = \"{proxy}/{it}\"\n"));
        let authorization = format!("endpoint.authorization = \"{proxy}/authorize\"\n");
        let target = format!("{authorization}{}{target}", endpoints.concat());
        let notes = Arc::new(Notes { server, http, secrets: Mutex::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&notes));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { _runtime: runtime, _honest: honest, target, notes }
    }

    /// The target file: the metadata are the server's own, and all else goes through the proxy.
    pub(crate) fn target(&self) -> String {
        self.target.clone()
    }

    /// All secrets that have passed.
    pub(crate) fn secrets(&self) -> Secrets {
        self.notes.secrets.lock().unwrap().clone()
    }
}

async fn pass(State(notes): State<Arc<Notes>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    notes.url(&parts.uri.to_string());
    notes.params(&body);
    notes.headers(&parts.headers);
    let url = format!("{}{}", notes.server, parts.uri);
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let sent = notes.http.request(parts.method, url).headers(headers).body(body);
    let answer = sent.send().await.unwrap();
    notes.headers(answer.headers());
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    notes.body(&body);
    let mut passed = Response::new(Body::from(body));
    *passed.status_mut() = status;
    *passed.headers_mut() = headers;
    passed
}

impl Notes {
    fn note(&self, name: &str, value: &str) {
        // What a suite makes up is known to everybody, as is the state of `codes/odd-state`, which
        // is not random.
        let is_made_up = || SUITES.contains(value) || (name == "state" && value.len() < 40);
        if NAMES.contains(&name) && !is_made_up() {
            let mut secrets = self.secrets.lock().unwrap();
            secrets.add(name, value);
            let parts: Vec<_> = value.split('.').filter(|part| part.len() > 40).collect();
            // The header of a signed token is the same for all of them.
            parts.iter().skip(1).for_each(|part| secrets.add(name, part));
        }
    }

    fn params(&self, text: &[u8]) {
        for (name, value) in form_urlencoded::parse(text) {
            self.note(&name, &value);
        }
    }

    fn url(&self, url: &str) {
        for part in url.split(['?', '#']).skip(1) {
            self.params(part.as_bytes());
        }
    }

    fn headers(&self, headers: &HeaderMap) {
        let all = |name| headers.get_all(name).into_iter().filter_map(|it| it.to_str().ok());
        all(header::LOCATION).for_each(|location| self.url(location));
        let cookies = all(header::COOKIE).flat_map(|it| it.split("; "));
        let set = all(header::SET_COOKIE).filter_map(|it| it.split(';').next());
        for (_, value) in cookies.chain(set).filter_map(|pair| pair.split_once('=')) {
            self.secrets.lock().unwrap().add("a cookie", value);
        }
        for value in all(header::AUTHORIZATION) {
            let Some((_, credentials)) = value.split_once(' ') else { continue };
            let decoded = STANDARD.decode(credentials).ok();
            let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            match pair.as_ref().and_then(|pair| pair.split_once(':')) {
                Some((_, secret)) => {
                    let secret = format!("client_secret={secret}");
                    self.params(secret.as_bytes());
                    if !SUITES.contains(credentials) && !secret.contains("authspec") {
                        self.note("token", credentials);
                    }
                }
                None => self.note("token", credentials),
            }
        }
    }

    fn body(&self, body: &Bytes) {
        let text = String::from_utf8_lossy(body);
        if let Ok(serde_json::Value::Object(json)) = serde_json::from_str(&text) {
            for (name, value) in json {
                self.note(&name, value.as_str().unwrap_or_default());
            }
        } else if text.contains("<html") {
            let hidden = Selector::parse("input[type=hidden]").unwrap();
            for field in Html::parse_document(&text).select(&hidden) {
                let value = field.attr("value").unwrap_or_default();
                self.note(field.attr("name").unwrap_or_default(), value);
            }
        }
    }
}

/// The texts of the suites, which make up values too.
static SUITES: LazyLock<String> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
});
