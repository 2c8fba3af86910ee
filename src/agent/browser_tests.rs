//! Visits by a real browser to test pages, all in one session.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::browser::Browser;
use super::browser_options::BrowserOptions;
use super::callback::Callback;
use super::cookie::Cookie;
use super::driver::available;
use super::origins::Origins;
use super::page_snapshot::PageSnapshot;
use super::settled_pages::SettledPages;
use super::visit::{Landing, Visit, VisitRequest};
use super::visit_context::VisitContext;
use crate::oauth::names::STATE;
use crate::oauth::request::Method;
use crate::oauth::response::ResponseMode;
use crate::oauth::{Params, Request};
use crate::wire::Blocked;

const LOGIN: &str = "<!doctype html><title>Sign in</title>
    <script>addEventListener('beforeunload', (event) => event.preventDefault())</script>
    <form method=post action=/login><input name=go type=hidden value='{go}'>
    <input name=user><input name=password type=password><button>Sign in</button></form>
    <template><input name=other></template><script>alert('welcome')</script>";

const CONSENT: &str = "<!doctype html><title>Consent</title>
    <form method=post action=/consent><input name=go type=hidden value='{go}'>
    <label><input type=checkbox name=agree value=1 required> I agree</label>
    <button name=no>Deny</button><button name=yes>Allow</button></form>";

const SCRIPTED: &str = "<!doctype html><title>Sign in</title><div id=app>Loading</div><script>
    const page = '<input id=user><input id=pass type=password><button type=button>Log in</button>';
    const show = () => {
        document.querySelector('#app').innerHTML = page;
        document.querySelector('button').onclick = async (event) => {
            event.target.disabled = true;
            const value = (id) => document.getElementById(id).value;
            const body = new URLSearchParams({ user: value('user'), password: value('pass') });
            const answer = await fetch('/check', { method: 'POST', body });
            if (answer.ok) location = '{go}';
        };
    };
    fetch('/slow').then(() => setTimeout(show, 200));
    </script>";

const FORM_POST: &str = "<!doctype html><body onload='document.forms[0].submit()'>
    <form method=post action='{go}'><input type=hidden name=code value=1>
    <input type=hidden name=state value=s1></form>";

/// Where the server sends a signed-in user: the request's redirect URI with the answer.
fn answer(uri: &Uri) -> String {
    let params = Params::parse(uri.query().unwrap_or_default());
    let redirect_uri = params.get("redirect_uri").unwrap_or_default().to_owned();
    let joint = if uri.path() == "/fragment" { '#' } else { '?' };
    format!("{redirect_uri}{joint}code=c1&state={}", params.get(STATE).unwrap_or_default())
}

fn page(html: &str, go: &str) -> Response {
    Html(html.replace("{go}", &go.replace('&', "&amp;"))).into_response()
}

async fn plain(uri: Uri, headers: HeaderMap) -> Response {
    let cookies = headers.get_all(header::COOKIE).iter();
    let signed_in =
        cookies.filter_map(|value| value.to_str().ok()).any(|text| text.contains("sid"));
    if signed_in { Redirect::to(&answer(&uri)).into_response() } else { page(LOGIN, &answer(&uri)) }
}

async fn login(body: Bytes) -> Response {
    let form = Params::parse(&String::from_utf8_lossy(&body));
    let go = form.get("go").unwrap_or_default();
    if (form.get("user"), form.get("password")) != (Some("alice"), Some("secret")) {
        return page(LOGIN, go);
    }
    let session = "sid=1; Path=/; HttpOnly; SameSite=Lax";
    ([(header::SET_COOKIE, session)], page(CONSENT, go)).into_response()
}

async fn consent(body: Bytes) -> Response {
    let form = Params::parse(&String::from_utf8_lossy(&body));
    assert_eq!((form.get("agree"), form.get("yes"), form.get("no")), (Some("1"), Some(""), None));
    Redirect::to(form.get("go").unwrap_or_default()).into_response()
}

async fn check(body: Bytes) -> StatusCode {
    let is_right = body == "user=alice&password=secret";
    if is_right { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN }
}

/// An empty page that leads down to the next one, at the other host, and so on to the last.
async fn stairs(Path(step): Path<u32>, headers: HeaderMap) -> Html<String> {
    let here = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (host, port) = here.split_once(':').unwrap_or_default();
    let other = if host == "localhost" { "127.0.0.1" } else { "localhost" };
    let place = |next| format!("http://{other}:{port}/stairs/{next}");
    let refresh = |next| format!("<meta http-equiv=refresh content='0;url={}'>", place(next));
    Html(step.checked_sub(1).map_or_else(|| "At last".to_owned(), refresh))
}

async fn slow() -> Html<&'static str> {
    tokio::time::sleep(Duration::from_millis(700)).await;
    Html("<p>At last: no")
}

async fn posted(body: Bytes) -> Redirect {
    let form = Params::parse(&String::from_utf8_lossy(&body));
    Redirect::to(form.get("redirect_uri").unwrap_or_default())
}

async fn at_once(uri: Uri) -> Redirect {
    Redirect::to(&answer(&uri))
}

fn server() -> Router {
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::new()
        .route("/plain", get(plain))
        .route("/posted", post(posted))
        .route("/slow", get(slow))
        .route("/login", post(login))
        .route("/consent", post(consent))
        .route("/check", post(check))
        .route("/scripted", get(async |uri: Uri| Html(SCRIPTED.replace("{go}", &answer(&uri)))))
        .route(
            "/form-post",
            get(async |uri: Uri| {
                page(FORM_POST, answer(&uri).split('?').next().unwrap_or_default())
            }),
        )
        .route("/fragment", get(at_once))
        .route("/query", get(at_once))
        .route("/error-200", get(async || Html("<h1>Invalid</h1> redirect URI")))
        .route(
            "/error-json",
            get(move || async move { (status(400), json, r#"{"error": "invalid_request"}"#) }),
        )
        .route("/error-empty", get(move || async move { status(404) }))
        .route("/unframed", get(async || ([(header::X_FRAME_OPTIONS, "DENY")], Html("no frames"))))
        .route("/stairs/{step}", get(stairs))
        .route("/red", get(async || Html("<body style='background: red'>no")))
        .route("/blue", get(async || Html("<body style='background: blue'>no")))
        .route("/no-content", get(move || async move { status(204) }))
        .route("/trouble", get(move || async move { (status(503), Html("<p>Later</p>")) }))
}

/// A server, a client's listener, and a browser.
struct World {
    base: String,
    callback_uri: String,
    callback: Callback,
    browser: Browser,
    known_pages: BTreeSet<String>,
    server: Origins,
    settled: SettledPages,
}

impl World {
    async fn new() -> Self {
        let options = BrowserOptions::default();
        if let Err(missing) = available(&options) {
            panic!("{missing}");
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, server()).await });
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let callback_uri = format!("http://localhost:{}/cb", free.port());
        let callback = Callback::listen(std::slice::from_ref(&callback_uri)).await.unwrap();
        let start = Instant::now();
        let browser = Browser::start(&options, &[]).await.unwrap();
        println!("session {:?}", start.elapsed());
        if browser.logs_fragments() {
            callback.spare_pages();
        }
        let server = Origins::of([base.as_str()]);
        let (known_pages, settled) = (BTreeSet::new(), SettledPages::default());
        Self { base, callback_uri, callback, browser, known_pages, server, settled }
    }

    fn visit_request(&self, path: &str, redirect_uri: &str) -> VisitRequest {
        let mut request = Request::new(Method::Get, &format!("{}/{path}", self.base));
        request.query.set("redirect_uri", redirect_uri);
        request.query.set(STATE, "s1");
        let apps = "com.example.app:/cb".to_owned();
        let redirect_uris = vec![self.callback_uri.clone(), apps];
        VisitRequest { redirect_uris, is_valid: true, ..VisitRequest::plain(request) }
    }

    async fn visit(&mut self, visit_request: &VisitRequest, session: &[Cookie]) -> Visit {
        let start = Instant::now();
        let context = VisitContext {
            script: &[],
            session,
            callback: &self.callback,
            known_pages: &mut self.known_pages,
            server: &mut self.server,
            settled: &self.settled,
        };
        let visit = self.browser.visit(visit_request, context).await;
        println!("{:?} {}\n    {:?}", start.elapsed(), visit_request.request.url(), visit.landing);
        visit
    }

    /// Where a visit of a user without a session lands.
    async fn lands(&mut self, path: &str, redirect_uri: &str) -> Result<Landing, Blocked> {
        let visit_request = self.visit_request(path, redirect_uri);
        self.visit(&visit_request, &[]).await.landing
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_and_tells_where_it_landed() {
    let mut world = World::new().await;
    let callback = world.callback_uri.clone();
    answers(&mut world, &callback).await;
    logins(&mut world, &callback).await;
    pages_that_stay(&mut world, &callback).await;
    refusals(&mut world, &callback).await;
    frames(&mut world).await;
    plain_pages(&mut world).await;
    pages_that_leave(&mut world).await;
    accidents(&mut world, &callback).await;
    world.browser.stop().await;
}

async fn logins(world: &mut World, callback: &str) {
    let mut visit_request = world.visit_request("plain", callback);
    let unknown = world.visit(&visit_request, &[]).await;
    assert!(matches!(unknown.landing, Err(Blocked::Login(_))));

    visit_request.teaches = true;
    let visit = world.visit(&visit_request, &[]).await;
    let Ok(Landing::Callback(response)) = visit.landing else { panic!("{visit:?}") };
    assert_eq!(response.params.encode(), "code=c1&state=s1");
    let sent: Vec<_> = visit
        .exchanges
        .iter()
        .map(|hop| (hop.sent.method.as_str(), hop.answer.as_ref().map(|answer| answer.status)))
        .collect();
    let ok = Some(200);
    assert_eq!(sent[..3], [("GET", ok), ("POST", ok), ("POST", Some(303))]);
    let consent = visit.exchanges[1].answer.as_ref().unwrap();
    assert!(consent.header("set-cookie").is_some_and(|cookie| cookie.starts_with("sid=1")));

    let session = world.browser.cookies().await.unwrap();
    visit_request.teaches = false;
    let visit = world.visit(&visit_request, &session).await;
    assert!(matches!(visit.landing, Ok(Landing::Callback(_))));
    assert_eq!(world.browser.cookies().await.unwrap(), session);

    visit_request.user.password = "wrong".to_owned();
    let wrong = world.visit(&visit_request, &[]).await;
    assert!(matches!(wrong.landing, Err(Blocked::Login(why)) if why.contains("keeps coming back")));
    assert!(wrong.screenshot.is_some_and(|png| png.starts_with(b"\x89PNG")));
    assert!(wrong.page.is_some_and(|html| html.contains("password")));

    let mut visit_request = world.visit_request("scripted", callback);
    for teaches in [true, false] {
        visit_request.teaches = teaches;
        let visit = world.visit(&visit_request, &[]).await;
        assert!(matches!(visit.landing, Ok(Landing::Callback(_))), "{:?}", visit.landing);
        // The page, two fetches by the page, and the callback.
        assert!(world.browser.requests >= 4, "{} requests", world.browser.requests);
    }
    let mut visit_request = world.visit_request("posted", callback);
    visit_request.request = visit_request.request.by(Method::Post);
    let visit = world.visit(&visit_request, &[]).await;
    assert!(matches!(visit.landing, Ok(Landing::Callback(_))), "{:?}", visit.landing);
    assert_eq!(visit.exchanges[0].sent.body, visit_request.request.body.encode());
}

async fn answers(world: &mut World, callback: &str) {
    let landing = world.lands("fragment", callback).await;
    let Ok(Landing::Callback(response)) = landing else { panic!("{landing:?}") };
    assert_eq!((response.mode, response.params.get("code")), (ResponseMode::Fragment, Some("c1")));

    let landing = world.lands("form-post", callback).await;
    let Ok(Landing::Callback(response)) = landing else { panic!("{landing:?}") };
    assert_eq!((response.mode, response.params.get("code")), (ResponseMode::FormPost, Some("1")));

    let landing = world.lands("query", "com.example.app:/cb").await;
    let Ok(Landing::Callback(response)) = landing else { panic!("{landing:?}") };
    assert_eq!(response.params.get("code"), Some("c1"));

    let evil = callback.replace("/cb", "/evil");
    for (path, uri) in [
        ("fragment", "https://attacker.example/cb"),
        ("query", "http://attacker.example/cb"),
        ("form-post", "https://attacker.example/cb"),
        ("query", "http://127.0.0.1:9/cb"),
        ("query", evil.as_str()),
        ("query", "/relative"),
        // Last, as the dialog it leaves in Chromium would swallow the clicks of the next login.
        ("query", "com.evil.app:/cb"),
    ] {
        let landing = world.lands(path, uri).await;
        let Ok(Landing::Elsewhere(response)) = landing else { panic!("{path} {uri} {landing:?}") };
        assert!(response.uri.ends_with(uri), "{response:?}");
        assert!(response.is_answer(), "{response:?}");
    }
}

async fn refusals(world: &mut World, callback: &str) {
    for (path, status, error, text) in [
        ("error-200", 200, None, "Invalid redirect URI"),
        ("error-json", 400, Some("invalid_request"), r#"{"error": "invalid_request"}"#),
        ("error-empty", 404, None, ""),
        ("slow", 200, None, "At last: no"),
    ] {
        let visit = world.visit(&world.visit_request(path, callback), &[]).await;
        let error = error.map(str::to_owned);
        let page = Landing::ErrorPage { status: Some(status), error, text: text.to_owned() };
        assert_eq!(visit.landing, Ok(page), "{path}");
        assert!(visit.screenshot.is_some());
    }
    // An empty answer is not a refusal.
    assert_eq!(world.lands("no-content", callback).await, Err(Blocked::Mute(204)));
    assert_eq!(world.lands("trouble", callback).await, Err(Blocked::Unavailable(503)));
    let mut visit_request = world.visit_request("", callback);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    visit_request.request.endpoint = format!("http://{closed}/authorize");
    let visit = world.visit(&visit_request, &[]).await;
    assert!(matches!(visit.landing, Err(Blocked::Unreachable(_))), "{:?}", visit.landing);
}

/// A page that does nothing may stay until the next one shows, and is not taken for that.
async fn pages_that_stay(world: &mut World, callback: &str) {
    let mut pictures = Vec::new();
    for path in ["red", "blue", "no-content"] {
        let visit = world.visit(&world.visit_request(path, callback), &[]).await;
        let has_page = matches!(visit.landing, Ok(Landing::ErrorPage { .. }));
        assert_eq!(has_page, path != "no-content", "{path}: {:?}", visit.landing);
        let picture = visit.screenshot.unwrap();
        assert!(!pictures.contains(&picture), "{path}");
        pictures.push(picture);
    }
    for path in ["red", "query", "no-content", "red", "posted", "no-content"] {
        let mut visit_request = world.visit_request(path, callback);
        if path == "posted" {
            visit_request.request = visit_request.request.by(Method::Post);
        }
        let visit = world.visit(&visit_request, &[]).await;
        let is_as_expected = match path {
            "red" => matches!(visit.landing, Ok(Landing::ErrorPage { .. })),
            "no-content" => visit.landing == Err(Blocked::Mute(204)),
            _ => matches!(visit.landing, Ok(Landing::Callback(_))),
        };
        assert!(is_as_expected, "{path}: {:?}", visit.landing);
    }
}

/// A frame of another site has a process of its own, and one of the same site has not.
async fn frames(world: &mut World) {
    let port = world.base.rsplit(':').next().unwrap().to_owned();
    let bases = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}"));
    let server = Origins::of(bases.iter().map(String::as_str));
    for base in &bases {
        for (path, is_shown) in [("red", true), ("unframed", false), ("stairs/9", true)] {
            let framed = world.browser.frame(&format!("{base}/{path}"), &server).await;
            let framed = framed.unwrap_or_else(|why| panic!("{base} {path}: {why:?}"));
            assert_eq!(framed.is_shown, is_shown, "{base} {path}: {}", framed.seen);
        }
    }
}

/// A page without scripts is final as soon as it is there: what we do in it is not something it does.
async fn plain_pages(world: &mut World) {
    let browser = world.browser.driven().await.unwrap();
    browser.go(&format!("{}/error-200", world.base)).await.unwrap();
    let page = loop {
        let snapshot = PageSnapshot::take(browser, "").await.unwrap();
        if let Some(page) =
            snapshot.filter(|page| page.complete && page.url.ends_with("/error-200"))
        {
            break page;
        }
    };
    assert!(page.watched && !page.promised && !page.acts, "{page:?}");
}

/// Whoever reads while the window goes from page to page reads the next one.
async fn pages_that_leave(world: &mut World) {
    let browser = world.browser.driven().await.unwrap();
    browser.go(&format!("{}/stairs/60", world.base)).await.unwrap();
    let mut seen = BTreeSet::new();
    while !seen.iter().any(|url: &String| url.ends_with("/stairs/0")) {
        let url = browser.read("return document.URL").await.unwrap_or_else(|why| panic!("{why}"));
        seen.insert(url.as_str().unwrap_or_default().to_owned());
    }
    println!("{} pages seen", seen.len());
}

async fn accidents(world: &mut World, callback: &str) {
    let mut visit_request = world.visit_request("plain", callback);
    visit_request.request = Request::new(Method::Get, "chrome://crash");
    let visit = world.visit(&visit_request, &[]).await;
    assert!(matches!(visit.landing, Err(Blocked::BrowserLost(_))), "{:?}", visit.landing);
    let landing = world.lands("query", callback).await;
    assert!(matches!(landing, Ok(Landing::Callback(_))), "{landing:?}");
}
