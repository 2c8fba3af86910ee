//! A small authorization server of the tests' own, sound as it stands, whose every answer can be
//! twisted on its way out.

#[path = "ask.rs"]
mod ask;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) use ask::Ask;
use ask::pairs;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use url::form_urlencoded;

/// Answers of these are never sent: the request stays open, the server is gone, the connection ends.
pub(crate) const SILENCE: u16 = 599;
pub(crate) const DEATH: u16 = 598;
pub(crate) const DROP: u16 = 597;

/// What becomes of an answer on its way out.
pub(crate) type Twist = Arc<dyn Fn(&Ask, Response) -> Response + Send + Sync>;

/// How the server is set up.
#[derive(Clone)]
pub(crate) struct Setup {
    /// What becomes of its answers.
    pub(crate) twist: Twist,
    /// The secret of the client `web`.
    pub(crate) secret: String,
    /// The password of the user `alice`.
    pub(crate) password: String,
    /// Whether it asks for consent every time, not once.
    pub(crate) consents_always: bool,
    /// Whether the password is asked for on a page of its own.
    pub(crate) two_steps: bool,
    /// Whether consent is kept for the user, whatever the session.
    pub(crate) remembers: bool,
    /// Whether it asks nobody for consent, or not even who is there.
    pub(crate) trusts: bool,
    pub(crate) open: bool,
    /// The buttons of its consent page.
    pub(crate) decision: &'static str,
    /// Whether its pages follow each other at the address of the authorization endpoint.
    pub(crate) one_address: bool,
    /// What its metadata says that may be asked for.
    pub(crate) response_types: &'static [&'static str],
    /// Whether a session ends with the first code that it yields.
    pub(crate) forgetful: bool,
    /// Whether a code that is used twice voids all that was ever given to anybody.
    pub(crate) jumpy: bool,
    /// How long it takes to answer, in milliseconds.
    pub(crate) delay: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            twist: Arc::new(|_, answer| answer),
            secret: "the-secret-of-web".to_owned(),
            password: "the-password-of-alice".to_owned(),
            consents_always: false,
            two_steps: false,
            remembers: false,
            trusts: false,
            open: false,
            decision: DECISION,
            one_address: false,
            response_types: &["code"],
            forgetful: false,
            jumpy: false,
            delay: 0,
        }
    }
}

impl Setup {
    /// A server whose answers go through this.
    pub(crate) fn twisted(
        twist: impl Fn(&Ask, Response) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self { twist: Arc::new(twist), ..Self::default() }
    }
}

/// The server, on a port and a thread of its own; it ends when it is dropped.
pub(crate) struct Fake {
    pub(crate) issuer: String,
    setup: Setup,
    end: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    pub(crate) fn start(setup: Setup) -> Self {
        let end = Arc::new(Notify::new());
        let (tell, told) = mpsc::channel();
        let (ended, asked) = (Arc::clone(&end), setup.clone());
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            // Dropping the runtime drops all connections too.
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let issuer = format!("http://{}", listener.local_addr().unwrap());
                tell.send(issuer.clone()).unwrap();
                let desk = Desk { issuer, setup: asked, store: Mutex::default() };
                let state = (Arc::new(desk), Arc::clone(&ended));
                let router = Router::new().fallback(answer).with_state(state);
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    () = ended.notified() => {}
                }
            });
        });
        Self { issuer: told.recv().unwrap(), setup, end, thread: Some(thread) }
    }

    /// The target file for it.
    pub(crate) fn target(&self) -> String {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        format!(
            "name = \"fake\"\nissuer = \"{}\"\nscope = \"read\"\n\
             [client.native]\nid = \"native\"\nauth = \"none\"\nnative = true\nredirect_uris = [\"{}\"]\n\
             [client.web]\nid = \"web\"\nauth = \"client_secret_basic\"\nsecret = {}\n\
             redirect_uris = [\"{}\"]\n[user.alice]\npassword = {}\n",
            self.issuer,
            redirect_uri("native"),
            text(&self.setup.secret),
            redirect_uri("web"),
            text(&self.setup.password),
        )
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.end.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Nobody listens there, as plain HTTP stops at the redirect.
fn redirect_uri(client: &str) -> String {
    format!("http://127.0.0.1:8765/callback/{client}")
}

struct Desk {
    issuer: String,
    setup: Setup,
    store: Mutex<Store>,
}

#[derive(Default)]
struct Store {
    sessions: BTreeSet<String>,
    consents: BTreeSet<(String, String)>,
    denied: BTreeSet<(String, String)>,
    codes: BTreeMap<String, Grant>,
}

/// What a code stands for.
#[derive(Clone, Default)]
struct Grant {
    client: String,
    redirect_uri: String,
    challenge: String,
    used: bool,
}

async fn answer(State((desk, end)): State<(Arc<Desk>, Arc<Notify>)>, request: Request) -> Response {
    let ask = Ask::read(request).await;
    if desk.setup.delay > 0 {
        tokio::time::sleep(Duration::from_millis(desk.setup.delay)).await;
    }
    let answer = (desk.setup.twist)(&ask, desk.answer(&ask));
    match answer.status().as_u16() {
        SILENCE => std::future::pending().await,
        // Nobody is told; it ends the connection alone.
        DROP => std::panic::resume_unwind(Box::new(())),
        DEATH => {
            end.notify_one();
            std::future::pending().await
        }
        _ => answer,
    }
}

impl Desk {
    fn answer(&self, ask: &Ask) -> Response {
        match (ask.method.as_str(), ask.path.as_str()) {
            ("GET", "/.well-known/oauth-authorization-server") => json_answer(
                200,
                &json!({
                    "issuer": self.issuer,
                    "authorization_endpoint": format!("{}/authorize", self.issuer),
                    "token_endpoint": format!("{}/token", self.issuer),
                    "response_types_supported": self.setup.response_types,
                    "grant_types_supported": ["authorization_code"],
                    "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
                }),
            ),
            ("POST", "/authorize") if !ask.get("decision").is_empty() => self.consent(ask),
            ("POST", "/authorize") if !ask.get("password").is_empty() => self.login(ask),
            ("GET" | "POST", "/authorize") => self.authorize(ask),
            ("POST", "/login") => self.login(ask),
            ("POST", "/consent") => self.consent(ask),
            ("POST", "/revoke") => self.revoke(ask).unwrap_or_else(|refusal| *refusal),
            ("POST", "/token") => self.token(ask).unwrap_or_else(|refusal| *refusal),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    }

    fn authorize(&self, ask: &Ask) -> Response {
        let client = ask.get("client_id");
        let known = ["native", "web"].contains(&client);
        let sent_to = ask.get("redirect_uri");
        if !known || !is_registered(client, sent_to) || ask.repeats() == Some("redirect_uri") {
            return html(400, "<p>This request cannot be answered.</p>");
        }
        let request =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(ask.params()).finish();
        let mut store = self.store.lock().unwrap();
        let session = ask.cookie.as_deref().and_then(|cookie| cookie.strip_prefix("sid="));
        let session = session.filter(|session| store.sessions.contains(*session));
        let Some(session) = session.or(self.setup.open.then_some("everybody")) else {
            let password = if self.setup.two_steps { "" } else { PASSWORD };
            return form(
                self.place("/login"),
                &request,
                &format!("{NAME}{password}<button>Sign in</button>"),
            );
        };
        let consented = (self.who(session), client.to_owned());
        let is_asked = !store.consents.contains(&consented) || ask.get("prompt") == "consent";
        if is_asked && !self.setup.trusts {
            return form(self.place("/consent"), &request, self.setup.decision);
        }
        if self.setup.consents_always {
            store.consents.remove(&consented);
        }
        let denied = store.denied.remove(&consented).then_some("access_denied");
        let sent = match refusal(ask).or(denied) {
            Some(error) => ("error", error.to_owned()),
            None => {
                if self.setup.forgetful {
                    store.sessions.remove(session);
                }
                let challenge = ask.get("code_challenge").to_owned();
                let (client, redirect_uri) = (client.to_owned(), sent_to.to_owned());
                let grant = Grant { client, redirect_uri, challenge, used: false };
                let code = random();
                store.codes.insert(code.clone(), grant);
                ("code", code)
            }
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(sent.0, &sent.1);
        if !ask.get("state").is_empty() {
            query.append_pair("state", ask.get("state"));
        }
        found(&format!("{sent_to}?{}", query.finish()))
    }

    /// Whose consent it is.
    fn who(&self, session: &str) -> String {
        (if self.setup.remembers { "alice" } else { session }).to_owned()
    }

    /// Where a form is sent.
    fn place(&self, own: &'static str) -> &'static str {
        if self.setup.one_address { "/authorize" } else { own }
    }

    fn login(&self, ask: &Ask) -> Response {
        let request = ask.get("request");
        if self.setup.two_steps && ask.get("password").is_empty() {
            return login_page(request, PASSWORD);
        }
        if ask.get("password") != self.setup.password {
            return login_page(request, &format!("<p>That is not right.</p>{NAME}{PASSWORD}"));
        }
        let session = random();
        self.store.lock().unwrap().sessions.insert(session.clone());
        let mut answer = found(&format!("http://{}/authorize?{request}", ask.host));
        let cookie = format!("sid={session}; Path=/; HttpOnly").parse().unwrap();
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
        answer
    }

    fn consent(&self, ask: &Ask) -> Response {
        let session = ask.cookie.as_deref().and_then(|cookie| cookie.strip_prefix("sid="));
        let mut request = pairs(ask.get("request").as_bytes());
        let client = request.iter().find(|(name, _)| name == "client_id").cloned();
        let consented = (self.who(session.unwrap_or_default()), client.unwrap_or_default().1);
        let mut store = self.store.lock().unwrap();
        if ask.get("decision") == "deny" {
            store.denied.insert(consented.clone());
        }
        store.consents.insert(consented);
        request.retain(|(name, value)| (name.as_str(), value.as_str()) != ("prompt", "consent"));
        let request =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(request).finish();
        found(&format!("{}/authorize?{request}", self.issuer))
    }

    fn token(&self, ask: &Ask) -> Result<Response, Box<Response>> {
        let client = self.client(ask)?;
        let refused = |error| Err(Box::new(json_answer(400, &json!({ "error": error }))));
        let code = ask.get("code");
        match ask.get("grant_type") {
            _ if ask.repeats().is_some() => return refused("invalid_request"),
            "authorization_code" if !code.is_empty() => {}
            "authorization_code" | "" => return refused("invalid_request"),
            _ => return refused("unsupported_grant_type"),
        }
        let mut store = self.store.lock().unwrap();
        let Some(grant) = store.codes.get_mut(code) else { return refused("invalid_grant") };
        if grant.used && self.setup.jumpy {
            *store = Store::default();
            return refused("invalid_grant");
        }
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(ask.get("code_verifier")));
        if grant.used
            || grant.client != client
            || grant.redirect_uri != ask.get("redirect_uri")
            || grant.challenge != challenge
            || !(43..=128).contains(&ask.get("code_verifier").len())
            || !is_unreserved(ask.get("code_verifier"))
        {
            return refused("invalid_grant");
        }
        grant.used = true;
        let token = json!({
            "access_token": random(), "token_type": "Bearer", "expires_in": 600, "scope": "read",
        });
        Ok(json_answer(200, &token))
    }

    /// Whatever is revoked, all that was ever given to anybody is.
    fn revoke(&self, ask: &Ask) -> Result<Response, Box<Response>> {
        self.client(ask)?;
        *self.store.lock().unwrap() = Store::default();
        Ok(StatusCode::OK.into_response())
    }

    /// The client that the token request names and proves.
    fn client(&self, ask: &Ask) -> Result<String, Box<Response>> {
        let form =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("web:{}", form(&self.setup.secret));
        let basic = format!("Basic {}", STANDARD.encode(pair));
        let (id, secret) = (ask.get("client_id"), ask.get("client_secret"));
        match ask.authorization.as_deref() {
            Some(_) if !secret.is_empty() || !["", "web"].contains(&id) => {
                Err(Box::new(json_answer(400, &json!({ "error": "invalid_request" }))))
            }
            // Schemes have no letter case.
            Some(sent) if sent.replacen("basic", "Basic", 1) == basic => Ok("web".to_owned()),
            None if id == "native" && secret.is_empty() => Ok(id.to_owned()),
            _ => {
                let mut answer = json_answer(401, &json!({ "error": "invalid_client" }));
                let challenge = "Basic realm=\"fake\"".parse().unwrap();
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                Err(Box::new(answer))
            }
        }
    }
}

/// What is wrong with an authorization request that may be answered at its redirect URI.
fn refusal(ask: &Ask) -> Option<&'static str> {
    match ask.get("response_type") {
        _ if ask.repeats().is_some() => Some("invalid_request"),
        "" => Some("invalid_request"),
        "code" if ask.get("code_challenge").len() != 43 => Some("invalid_request"),
        "code" if !is_unreserved(ask.get("code_challenge")) => Some("invalid_request"),
        "code" if ask.get("code_challenge_method") != "S256" => Some("invalid_request"),
        "code" => None,
        _ => Some("unsupported_response_type"),
    }
}

/// Whether it is the client's redirect URI; a native client may listen on any port.
fn is_registered(client: &str, sent: &str) -> bool {
    let port = sent
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/callback/native"))
        .filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    sent == redirect_uri(client) || client == "native" && port.is_some()
}

fn is_unreserved(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

const DECISION: &str = "<button name=decision value=allow>Allow</button>\
                        <button name=decision value=deny>Deny</button>";
const NAME: &str = "<input name=username>";
const PASSWORD: &str = "<input name=password type=password>";

fn login_page(request: &str, fields: &str) -> Response {
    form("/login", request, &format!("{fields}<button>Sign in</button>"))
}

fn form(action: &str, request: &str, fields: &str) -> Response {
    let request = request.replace('&', "&amp;").replace('"', "&quot;");
    html(
        200,
        &format!(
            "<form method=post action={action}>\
             <input type=hidden name=request value=\"{request}\">{fields}</form>"
        ),
    )
}

fn random() -> String {
    format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())
}

pub(crate) fn found(location: &str) -> Response {
    answer_of(302, &[("location", location)], String::new())
}

/// A page.
pub(crate) fn html(status: u16, body: &str) -> Response {
    let page = format!("<!doctype html><title>fake</title><body>{body}</body>");
    answer_of(status, &[("content-type", "text/html; charset=utf-8")], page)
}

fn json_answer(status: u16, value: &serde_json::Value) -> Response {
    let kind = ("content-type", "application/json");
    let rest = [("cache-control", "no-store"), ("pragma", "no-cache"), kind];
    answer_of(status, &rest, value.to_string())
}

/// Any answer.
pub(crate) fn answer_of(
    status: u16,
    headers: &[(&'static str, &str)],
    body: impl Into<Body>,
) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let value = axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        answer.headers_mut().append(*name, value);
    }
    answer
}
