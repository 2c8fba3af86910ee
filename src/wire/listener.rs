//! A listener for what the server under test fetches from its clients, and sends to them.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::authority::ServerCertificate;
use super::body::Body;
use super::exchange::{Answer, Exchange, Sent, now_ms};
use super::port::{PORT_PATIENCE, bind};
use super::tls_listener::{Handshake, TlsListener};

/// How much of a request's body is read, in bytes.
const BODY_LIMIT: usize = 256 << 10;

/// How long handshakes that are under way are waited for.
const HANDSHAKE: Duration = Duration::from_secs(1);

/// How many requests are remembered, the newest.
const MOST_REQUESTS: usize = 1000;

/// What a path of the listener answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Document {
    /// An answer with a body of this media type.
    pub fn new(status: u16, kind: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// A JSON document.
    pub fn json(body: impl Into<String>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// An answer without a body, which nobody may store.
    pub fn empty(status: u16) -> Self {
        let headers = vec![("cache-control".to_owned(), "no-store".to_owned())];
        Self { status, headers, body: String::new() }
    }
}

/// Listens on addresses of clients until it is dropped: serves documents, by path, and remembers
/// every request.
///
/// A path that serves nothing answers 404, and its requests are remembered too.
#[derive(Debug)]
pub struct Listener {
    port: u16,
    origin: String,
    shared: Arc<Shared>,
    serving: Vec<JoinHandle<()>>,
    /// With which certificate it listens over TLS, if it does.
    config: Option<watch::Sender<Arc<ServerConfig>>>,
}

#[derive(Debug, Default)]
struct Shared {
    is_secure: bool,
    log: Mutex<Log>,
    /// How many requests have arrived.
    count: watch::Sender<usize>,
    /// How many handshakes are under way.
    shaking: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Log {
    documents: HashMap<String, Document>,
    /// The newest requests.
    requests: VecDeque<Exchange>,
    /// How many were forgotten before these.
    forgotten: usize,
    /// How many connections ended in their handshake, and why the last one did.
    broken: (usize, String),
    /// The certificates with which a connection got past its handshake, or ended there because of them.
    shown: Vec<Arc<ServerConfig>>,
    /// How many requests had arrived when the certificate was changed.
    changed_at: usize,
}

impl Listener {
    /// Listens on these addresses, each of which is needed or not. A port in use is waited for; if the
    /// system chooses it, all addresses have the same.
    ///
    /// # Errors
    /// When a port is unavailable, or is still in use after ten seconds.
    pub async fn listen(addresses: &[(SocketAddr, bool)]) -> io::Result<Self> {
        Self::listen_with(addresses, None).await
    }

    /// The same over TLS, with this certificate.
    ///
    /// # Errors
    /// The same.
    pub async fn listen_over_tls(
        addresses: &[(SocketAddr, bool)],
        certificate: &ServerCertificate,
    ) -> io::Result<Self> {
        let mut listener = Self::listen_with(addresses, Some(certificate)).await?;
        listener.origin = format!("https://{}:{}", certificate.host, listener.port);
        Ok(listener)
    }

    async fn listen_with(
        addresses: &[(SocketAddr, bool)],
        certificate: Option<&ServerCertificate>,
    ) -> io::Result<Self> {
        let config = certificate.map(|it| watch::Sender::new(Arc::clone(&it.config)));
        let shared = Arc::new(Shared { is_secure: config.is_some(), ..Shared::default() });
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(Arc::clone(&shared));
        let (origin, serving) = (String::new(), Vec::new());
        let mut listener = Self { port: 0, origin, shared, serving, config };
        for (address, is_needed) in addresses {
            let mut address = *address;
            if address.port() == 0 {
                address.set_port(listener.port);
            }
            let socket = match bind("the server", address, *is_needed, PORT_PATIENCE).await {
                Ok(socket) => socket,
                Err(error) if *is_needed => return Err(error),
                Err(_) => continue,
            };
            if listener.origin.is_empty() {
                listener.port = socket.local_addr()?.port();
                listener.origin = format!("http://{}", socket.local_addr()?);
            }
            listener.accept(socket, router.clone())?;
        }
        Ok(listener)
    }

    fn accept(&mut self, socket: TcpListener, router: Router) -> io::Result<()> {
        let serving = match &self.config {
            Some(config) => {
                let shared = Arc::clone(&self.shared);
                let note = move |config: &_, handshake| shared.note_handshake(config, handshake);
                let socket = TlsListener::new(socket, config.subscribe(), note)?;
                tokio::spawn(async move { drop(axum::serve(socket, router).await) })
            }
            None => tokio::spawn(async move { drop(axum::serve(socket, router).await) }),
        };
        self.serving.push(serving);
        Ok(())
    }

    /// Scheme, host and port of its first address.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many connections ended in their handshake, and why the last one did.
    pub fn broken(&self) -> (usize, String) {
        self.shared.log().broken.clone()
    }

    /// Shows another certificate for the same host to whoever connects from now on. An open connection
    /// stays as it is.
    pub fn show(&self, certificate: &ServerCertificate) {
        let mut log = self.shared.log();
        log.changed_at = log.count();
        if let Some(config) = &self.config {
            config.send_replace(Arc::clone(&certificate.config));
        }
    }

    /// Whether somebody has asked for something since its certificate was changed, but over a connection
    /// that is older.
    pub fn is_asked_as_before(&self) -> bool {
        let log = self.shared.log();
        log.count() > log.changed_at && !self.is_shown(&log)
    }

    /// Whether somebody has seen its certificate and asked for nothing since. Some refuse it in the
    /// handshake, others end the connection after it.
    pub async fn is_refused(&self) -> bool {
        let mut shaking = self.shared.shaking.subscribe();
        drop(timeout(HANDSHAKE, shaking.wait_for(|count| *count == 0)).await);
        let log = self.shared.log();
        self.is_shown(&log) && log.count() == log.changed_at
    }

    /// Whether somebody has seen the certificate that it has now.
    fn is_shown(&self, log: &Log) -> bool {
        let is_it = |config: &_| log.shown.iter().any(|shown| Arc::ptr_eq(shown, config));
        self.config.as_ref().is_some_and(|config| is_it(&config.borrow()))
    }

    /// Serves this document at the path from now on, instead of an earlier one.
    pub fn serve(&self, path: &str, document: Document) {
        self.shared.log().documents.insert(path.to_owned(), document);
    }

    /// Serves nothing at the path any more.
    pub fn withdraw(&self, path: &str) {
        self.shared.log().documents.remove(path);
    }

    /// How many requests have arrived so far: where to look on from later.
    pub fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// The requests for this path since `from`, with their numbers.
    pub fn requests(&self, from: usize, path: &str) -> Vec<(usize, Exchange)> {
        self.shared.log().since(from, |exchange| path_of(&exchange.sent.url) == path)
    }

    /// Waits until a request since `from` fits, and returns it with its number. `None` if there is
    /// none within this time.
    pub async fn wait(
        &self,
        from: usize,
        within: Duration,
        fits: impl Fn(&Exchange) -> bool,
    ) -> Option<(usize, Exchange)> {
        let mut arrivals = self.shared.count.subscribe();
        let arrival = async {
            loop {
                let found = self.shared.log().since(from, &fits).into_iter().next();
                if found.is_some() || arrivals.changed().await.is_err() {
                    return found;
                }
            }
        };
        timeout(within, arrival).await.ok().flatten()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.iter().for_each(JoinHandle::abort);
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_handshake(&self, config: &Arc<ServerConfig>, handshake: Handshake) {
        let mut log = self.log();
        match handshake {
            Handshake::Begun => return self.shaking.send_modify(|count| *count += 1),
            Handshake::Done => log.note_shown(config),
            Handshake::Broken { why, is_refusal } => {
                log.broken = (log.broken.0 + 1, why);
                if is_refusal {
                    log.note_shown(config);
                }
            }
        }
        self.shaking.send_modify(|count| *count -= 1);
    }

    fn note(&self, exchange: Exchange) {
        self.log().note(exchange);
        self.count.send_modify(|count| *count += 1);
    }
}

impl Log {
    fn note(&mut self, exchange: Exchange) {
        if self.requests.len() == MOST_REQUESTS {
            self.requests.pop_front();
            self.forgotten += 1;
        }
        self.requests.push_back(exchange);
    }

    fn note_shown(&mut self, config: &Arc<ServerConfig>) {
        if !self.shown.iter().any(|shown| Arc::ptr_eq(shown, config)) {
            self.shown.push(Arc::clone(config));
        }
    }

    /// How many requests have arrived.
    fn count(&self) -> usize {
        self.forgotten + self.requests.len()
    }

    fn since(&self, from: usize, fits: impl Fn(&Exchange) -> bool) -> Vec<(usize, Exchange)> {
        let numbered = self.requests.iter().enumerate();
        let numbered = numbered.map(|(index, exchange)| (self.forgotten + index, exchange));
        let fitting = numbered.filter(|(number, exchange)| *number >= from && fits(exchange));
        fitting.map(|(number, exchange)| (number, exchange.clone())).collect()
    }
}

/// The path of a URL of the listener.
fn path_of(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let path = behind.find('/').map_or("/", |at| &behind[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let document = match &body {
        Ok(_) => shared.log().documents.get(target.path()).cloned(),
        Err(_) => Some(Document::empty(413)),
    };
    let document = document.unwrap_or_else(|| Document::empty(404));
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = headers.get(header::HOST).map(text).unwrap_or_default();
    let body = body.unwrap_or_default();
    let scheme = if shared.is_secure { "https" } else { "http" };
    let sent = Sent {
        method: method.to_string(),
        url: format!("{scheme}://{host}{target}"),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        certificate: None,
    };
    let answer = Answer {
        status: document.status,
        headers: document.headers.clone(),
        body: Body::from(document.body.clone()),
        cut: false,
    };
    let (at_ms, answer) = (now_ms(), Some(answer));
    shared.note(Exchange { sent, answer, at_ms, duration_ms: 0, held: Duration::ZERO });
    respond(document)
}

fn respond(document: Document) -> Response {
    let status = StatusCode::from_u16(document.status).unwrap_or(StatusCode::OK);
    let mut response = (status, document.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in document.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::suite::BadCertificate;
    use crate::wire::OwnAuthority;

    const ANY: (SocketAddr, bool) = (SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), true);

    async fn listening() -> (Listener, reqwest::Client) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        (Listener::listen(&[ANY]).await.unwrap(), http)
    }

    #[tokio::test]
    async fn documents_are_served_and_every_request_is_remembered() {
        let (listener, http) = listening().await;
        listener.serve("/keys", Document::json("{}"));
        let url = |path: &str| format!("{}{path}", listener.origin());
        let answer = http.get(url("/keys?a=b")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.text().await.unwrap(), "{}");
        listener.withdraw("/keys");
        assert_eq!(http.get(url("/keys")).send().await.unwrap().status(), 404);
        let seen = listener.requests(0, "/keys");
        let statuses = seen.iter().map(|(_, it)| it.answer.as_ref().unwrap().status);
        assert_eq!(statuses.collect::<Vec<_>>(), [200, 404]);
        assert_eq!(seen[0].1.sent.url, url("/keys?a=b"));
        assert_eq!(listener.requests(1, "/keys").len(), 1);
    }

    #[tokio::test]
    async fn a_request_is_waited_for() {
        let (listener, http) = listening().await;
        listener.serve("/told", Document::empty(200));
        let url = format!("{}/told", listener.origin());
        let from = listener.count();
        let wait = listener.wait(from, Duration::from_secs(60), |it| it.sent.body == "second");
        let (found, ()) = tokio::join!(wait, async {
            for body in ["first", "second"] {
                http.post(&url).body(body).send().await.unwrap();
            }
        });
        assert_eq!(found.unwrap().0, 1);
        assert!(listener.wait(2, Duration::ZERO, |_| true).await.is_none());
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused_and_remembered() {
        let (listener, http) = listening().await;
        listener.serve("/", Document::empty(200));
        let sent = http.post(listener.origin()).body("x".repeat(BODY_LIMIT + 1)).send().await;
        assert_eq!(sent.unwrap().status(), 413);
        assert_eq!(listener.requests(0, "/")[0].1.sent.body, "");
    }

    #[tokio::test]
    async fn who_sees_the_certificate_and_asks_for_nothing_has_refused_it() {
        let untrusted = OwnAuthority::untrusted().unwrap().certify("localhost", None).unwrap();
        let listener = Listener::listen_over_tls(&[ANY], &untrusted).await.unwrap();
        assert!(!listener.is_refused().await);
        let trusting = |anybody| {
            let client = reqwest::Client::builder().no_proxy();
            client.danger_accept_invalid_certs(anybody).build().unwrap()
        };
        trusting(false).get(listener.origin()).send().await.unwrap_err();
        assert!(listener.is_refused().await, "{:?}", listener.broken());
        trusting(true).get(listener.origin()).send().await.unwrap();
        assert!(!listener.is_refused().await);
    }

    #[tokio::test]
    async fn a_certificate_can_change_and_is_shown_to_new_connections() {
        let pem = OwnAuthority::make().unwrap();
        let (authority, public) =
            (OwnAuthority::read(&pem).unwrap(), OwnAuthority::public_half(&pem).unwrap());
        let certify = |bad| authority.certify("localhost", bad).unwrap();
        let listener = Listener::listen_over_tls(&[ANY], &certify(None)).await.unwrap();
        let client = || {
            let client = reqwest::Client::builder().no_proxy();
            let trusted = reqwest::Certificate::from_pem(public.as_bytes()).unwrap();
            client.tls_certs_only([trusted]).build().unwrap()
        };
        for bad in [BadCertificate::WrongHost, BadCertificate::Expired] {
            listener.show(&certify(None));
            client().get(listener.origin()).send().await.unwrap();
            listener.show(&certify(Some(bad)));
            assert!(!listener.is_refused().await && !listener.is_asked_as_before());
            client().get(listener.origin()).send().await.unwrap_err();
            assert!(listener.is_refused().await, "{bad:?}: {:?}", listener.broken());
        }
        listener.show(&certify(None));
        let old = client();
        old.get(listener.origin()).send().await.unwrap();
        listener.show(&certify(Some(BadCertificate::Expired)));
        old.get(listener.origin()).send().await.unwrap();
        assert!(listener.is_asked_as_before() && !listener.is_refused().await);
    }

    #[tokio::test]
    async fn only_the_newest_requests_are_remembered() {
        let mut log = Log::default();
        for number in 0..=MOST_REQUESTS {
            let sent = Sent::get(format!("http://127.0.0.1/{number}"));
            let (answer, held) = (None, Duration::ZERO);
            log.note(Exchange { sent, answer, at_ms: 0, duration_ms: 0, held });
        }
        let all = log.since(0, |_| true);
        assert_eq!((all.len(), all[0].0), (MOST_REQUESTS, 1));
        assert_eq!(path_of(&all[0].1.sent.url), "/1");
    }
}
