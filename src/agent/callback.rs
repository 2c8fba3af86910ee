//! The client's side of the redirect: a listener for the registered loopback redirect URIs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

use super::session_question::SESSION_PAGE;
use crate::oauth::response::ResponseMode;
use crate::oauth::{AuthorizationResponse, Params, loopback_addresses};
use crate::wire::{PORT_PATIENCE, bind};

/// What it listens for.
const REDIRECTS: &str = "redirects";

/// How long the page may take to report the fragment, which is never sent to a server.
const FRAGMENT: Duration = Duration::from_secs(1);

/// How much of a body is read, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// Where the page reports the browser's whole address.
pub(super) const LANDED: &str = "/.authspec/landed/";

/// A request that reached a redirect URI, or any other path of the listener.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The response that the browser delivered.
    pub response: AuthorizationResponse,
    /// The address that it requested, if its fragment is not known.
    pub address: Option<String>,
    /// When it arrived.
    pub at: Instant,
}

/// Listens on the loopback redirect URIs until it is dropped.
#[derive(Debug)]
pub struct Callback {
    addresses: BTreeSet<SocketAddr>,
    /// Chromium host resolver rules that lead it here, if this listens on another port.
    detours: Vec<String>,
    sink: ArrivalSink,
    listeners: Vec<JoinHandle<()>>,
}

impl Callback {
    /// Listens for each loopback http URI among these; the others cannot be listened on.
    ///
    /// # Errors
    /// When a port is unavailable, or is still in use after ten seconds.
    pub async fn listen(uris: &[String]) -> io::Result<Self> {
        Self::listen_within(PORT_PATIENCE, uris).await
    }

    /// Like [`Callback::listen`], waiting up to `backoff` for a port that is in use.
    ///
    /// # Errors
    /// When a port is unavailable, or is still in use after that time.
    pub async fn listen_within(backoff: Duration, uris: &[String]) -> io::Result<Self> {
        let (mut callback, router) = Self::not_listening();
        for (address, is_needed) in wanted(uris) {
            match bind(REDIRECTS, address, is_needed, backoff).await {
                Ok(listener) => callback.serve(address, listener, router.clone()),
                Err(error) if is_needed => return Err(error),
                Err(_) => {}
            }
        }
        Ok(callback)
    }

    /// Listens on a free port for a single browser, alongside another listener on the ports of the
    /// URIs. The browser must be started with the detours that lead it here.
    ///
    /// # Errors
    /// When no port is available.
    pub async fn listen_apart(uris: &[String]) -> io::Result<Self> {
        let (mut callback, router) = Self::not_listening();
        let listener =
            bind(REDIRECTS, SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), true, PORT_PATIENCE)
                .await?;
        let here = listener.local_addr()?;
        callback.serve(here, listener, router);
        callback.addresses = wanted(uris).into_keys().collect();
        let hosts = callback
            .addresses
            .iter()
            .flat_map(|address| [address.to_string(), format!("localhost:{}", address.port())]);
        callback.detours = hosts.map(|host| format!("MAP {host} {here}")).collect();
        callback.detours.sort();
        callback.detours.dedup();
        Ok(callback)
    }

    /// A callback that does not listen yet, and the router to serve.
    fn not_listening() -> (Self, Router) {
        let (arrivals, _) = broadcast::channel(64);
        let sink = ArrivalSink { arrivals, open: Arc::default(), spares_pages: Arc::default() };
        let router = Router::new()
            .route(&format!("{LANDED}{{id}}"), post(landed))
            .fallback(visited)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(sink.clone());
        let (addresses, detours) = (BTreeSet::new(), Vec::new());
        (Self { addresses, detours, sink, listeners: Vec::new() }, router)
    }

    /// Chromium host resolver rules that a browser needs to arrive here. Empty if this listens on
    /// the ports of the redirect URIs themselves.
    pub fn detours(&self) -> &[String] {
        &self.detours
    }

    /// Every arrival from now on.
    pub fn arrivals(&self) -> broadcast::Receiver<Arrival> {
        self.sink.arrivals.subscribe()
    }

    /// Answers arrivals without a page from now on: the window then stays at its last page and need not build another
    /// document. For a browser whose log has the fragments of addresses.
    pub(super) fn spare_pages(&self) {
        self.sink.spares_pages.store(true, Ordering::Relaxed);
    }

    /// Whether a browser that is sent to this address arrives here.
    pub fn hears(&self, url: &Url) -> bool {
        loopback_addresses(url).iter().any(|(address, _)| self.addresses.contains(address))
    }

    fn serve(&mut self, address: SocketAddr, listener: TcpListener, router: Router) {
        self.addresses.insert(address);
        self.listeners.push(tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        }));
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.listeners.iter().for_each(JoinHandle::abort);
    }
}

/// The addresses to listen on, and whether each is required.
fn wanted(uris: &[String]) -> BTreeMap<SocketAddr, bool> {
    let mut wanted = BTreeMap::new();
    let urls = uris.iter().filter_map(|uri| Url::parse(uri).ok());
    for (address, is_needed) in urls.flat_map(|url| loopback_addresses(&url)) {
        *wanted.entry(address).or_default() |= is_needed;
    }
    wanted
}

/// Where arrivals are reported, and which pages have yet to report their whole address.
#[derive(Clone, Debug)]
struct ArrivalSink {
    arrivals: broadcast::Sender<Arrival>,
    open: Arc<Mutex<BTreeMap<u64, oneshot::Sender<String>>>>,
    /// Whether arrivals are answered without a page where that is possible.
    spares_pages: Arc<AtomicBool>,
}

impl ArrivalSink {
    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, oneshot::Sender<String>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, arrival: Arrival) {
        // Fails if no visit is in progress, which is fine.
        let _ = self.arrivals.send(arrival);
    }

    /// Whether this is a redirect whose fragment is known without a page that reports it.
    fn needs_no_page(&self, target: &Uri, headers: &HeaderMap) -> bool {
        let is_for_window = headers.get("sec-fetch-dest").is_some_and(|it| it == "document");
        let is_redirect = target.path() != SESSION_PAGE;
        self.spares_pages.load(Ordering::Relaxed) && is_for_window && is_redirect
    }

    /// Reports the arrival once its page has reported the fragment, or took too long.
    fn report_later(&self, uri: String) -> u64 {
        let (id, at) = (rand::random(), Instant::now());
        let (tell, told) = oneshot::channel();
        self.open().insert(id, tell);
        let sink = self.clone();
        tokio::spawn(async move {
            let whole = timeout(FRAGMENT, told).await;
            sink.open().remove(&id);
            let uri = whole.ok().and_then(Result::ok).unwrap_or(uri);
            let response = AuthorizationResponse::read(&uri);
            sink.report(Arrival { response, address: None, at });
        });
        id
    }
}

async fn visited(
    State(sink): State<ArrivalSink>,
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if target.path() == "/favicon.ico" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let uri = format!("http://{host}{target}");
    if method == Method::GET {
        if sink.needs_no_page(&target, &headers) {
            let (response, at) = (AuthorizationResponse::read(&uri), Instant::now());
            sink.report(Arrival { response, address: Some(uri), at });
            return StatusCode::NO_CONTENT.into_response();
        }
        page(sink.report_later(uri))
    } else if method == Method::POST {
        let response = posted(&uri, &String::from_utf8_lossy(&body));
        sink.report(Arrival { response, address: None, at: Instant::now() });
        page(0)
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

async fn landed(State(sink): State<ArrivalSink>, Path(id): Path<u64>, uri: String) -> StatusCode {
    match sink.open().remove(&id).map(|page| page.send(uri)) {
        Some(Ok(())) => StatusCode::NO_CONTENT,
        _ => StatusCode::NOT_FOUND,
    }
}

/// The response in a POST. Its body need not be the response: a redirect with 307 posts the login
/// form.
pub(super) fn posted(uri: &str, body: &str) -> AuthorizationResponse {
    let query = AuthorizationResponse::read(uri);
    let body = Params::parse(body);
    let answers = AuthorizationResponse::answers(&body);
    let mode = if answers || !query.is_answer() { ResponseMode::FormPost } else { query.mode };
    let params = query.params.iter().chain(body.iter()).collect();
    let others = if mode == ResponseMode::FormPost { &query.params } else { &body };
    let astray = AuthorizationResponse::astray(others);
    AuthorizationResponse { uri: query.uri, mode, params, astray }.opened()
}

/// The page that a browser shows on arrival; its script reports what only the browser knows.
fn page(id: u64) -> Response {
    let html = format!(
        "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><title>authspec</title>\
         <p>The authorization response has arrived. This window can be closed.\
         <script>fetch(location.origin + '{LANDED}{id}', {{method: 'POST', body: location.href, keepalive: true}})\
         </script>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[tokio::test]
    async fn arrivals_are_complete() {
        let base = format!("http://127.0.0.1:{}", free_port());
        let uris = [format!("{base}/cb"), format!("{base}/other"), "app.example:/cb".to_owned()];
        let callback = Callback::listen(&uris).await.unwrap();
        assert_eq!(callback.listeners.len(), 1);
        let mut arrivals = callback.arrivals();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();

        let page =
            http.get(format!("{base}/cb?code=1")).send().await.unwrap().text().await.unwrap();
        let (_, rest) = page.split_once("fetch(location.origin + '").unwrap();
        let (landed, _) = rest.split_once('\'').unwrap();
        let whole = format!("{base}/cb?code=1#id_token=2");
        http.post(format!("{base}{landed}")).body(whole).send().await.unwrap();
        let fragment = arrivals.recv().await.unwrap().response;
        assert_eq!(fragment.mode, ResponseMode::Fragment);
        assert_eq!(fragment.params.encode(), "code=1&id_token=2");
        assert!(fragment.went_to(&uris[0]));

        http.get(format!("{base}/favicon.ico")).send().await.unwrap();
        http.get(format!("{base}/other?code=3")).send().await.unwrap();
        assert_eq!(arrivals.recv().await.unwrap().response.params.encode(), "code=3");

        http.post(format!("{base}/cb")).body("code=4&state=5").send().await.unwrap();
        assert_eq!(arrivals.recv().await.unwrap().response.mode, ResponseMode::FormPost);
        let large = "x".repeat(BODY_LIMIT + 1);
        let refused = http.post(format!("{base}/cb")).body(large).send().await.unwrap();
        assert_eq!(refused.status(), 413);
        assert!(arrivals.is_empty());
    }

    #[tokio::test]
    async fn a_window_is_shown_no_page_if_the_log_has_the_fragment() {
        let base = format!("http://127.0.0.1:{}", free_port());
        let callback = Callback::listen(&[format!("{base}/cb")]).await.unwrap();
        let mut arrivals = callback.arrivals();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = async |path: &str, destination: &str| {
            let request = http.get(format!("{base}{path}")).header("sec-fetch-dest", destination);
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!(status("/cb?code=1", "document").await, 200);
        callback.spare_pages();
        for path in ["/cb?code=1", "/cb"] {
            assert_eq!(status(path, "document").await, 204);
            let arrival = arrivals.recv().await.unwrap();
            assert_eq!(arrival.address, Some(format!("{base}{path}")));
        }
        // The log tells nothing of frames.
        assert_eq!(status("/cb?code=1", "iframe").await, 200);
        assert_eq!(status(SESSION_PAGE, "document").await, 200);
    }

    #[tokio::test]
    async fn a_second_browser_is_led_to_a_listener_of_its_own() {
        let uris = ["http://localhost:8765/cb".to_owned(), "http://127.0.0.1:8766/cb".to_owned()];
        let callback = Callback::listen_apart(&uris).await.unwrap();
        let wanted = ["127.0.0.1:8765", "127.0.0.1:8766", "[::1]:8765", "localhost:8765"];
        for host in wanted {
            let rule = format!("MAP {host} 127.0.0.1:");
            assert!(callback.detours().iter().any(|detour| detour.starts_with(&rule)), "{host}");
        }
        assert!(callback.hears(&Url::parse(&uris[1]).unwrap()));
        assert!(!callback.hears(&Url::parse("http://127.0.0.1:1/cb").unwrap()));
    }

    #[test]
    fn a_login_form_that_was_redirected_by_307_is_no_form_post() {
        let arrived = posted("http://127.0.0.1/cb?code=1", "user=alice&password=secret");
        assert_eq!(arrived.mode, ResponseMode::Query);
        assert_eq!(arrived.params.encode(), "code=1&user=alice&password=secret");
    }

    #[tokio::test]
    async fn a_port_is_waited_for_and_given_back() {
        let port = free_port();
        let uris = [format!("http://localhost:{port}/cb")];
        let first = Callback::listen(&uris).await.unwrap();
        assert!(first.hears(&Url::parse(&uris[0]).unwrap()));
        assert!(first.hears(&Url::parse(&format!("http://127.0.0.1:{port}/x")).unwrap()));
        assert!(!first.hears(&Url::parse("http://127.0.0.1:1/cb").unwrap()));
        let (second, ()) = tokio::join!(Callback::listen(&uris), async {
            sleep(Duration::from_millis(50)).await;
            drop(first);
        });
        assert!(second.is_ok());
    }

    #[tokio::test]
    async fn a_port_that_stays_taken_is_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(REDIRECTS, address, false, PORT_PATIENCE).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(&format!("cannot listen for redirects on {address}: ")), "{said}");
    }
}
