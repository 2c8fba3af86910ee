//! The authorization endpoint in a frame of somebody else's page, as an attacker shows it.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::browser::Browser;
use super::webdriver::{Failed, WebDriver};
use crate::wire::Blocked;

/// How long a page may take to load.
const LOAD: Duration = Duration::from_secs(10);

/// How long between two looks: nothing tells that a page has loaded.
const LOOK: Duration = Duration::from_millis(20);

/// How long a page gets to break out of the frame by a script of its own.
const BREAK_OUT: Duration = Duration::from_millis(500);

/// Puts the address into a frame, and notes when that has loaded.
const PUT: &str = "
    const frame = document.createElement('iframe');
    frame.onload = () => { window.authspecLoaded = true; };
    frame.src = arguments[0];
    document.body.append(frame);
";

const STATE: &str = "return [document.URL, window.authspecLoaded === true]";

/// Where the document is, and whether there is anything to see or to click.
const SHOWN: &str = "return [
    document.URL,
    Boolean(document.body?.innerText?.trim() || document.querySelector('input,button,script')),
]";

/// What became of the page in the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Whether it shows.
    pub is_shown: bool,
    /// What was seen, in a few words.
    pub seen: String,
}

impl Browser {
    /// Shows the address by itself, then in a frame of a page of another origin, to a visitor who
    /// has not signed in.
    ///
    /// # Errors
    /// When it does not even show by itself, or the browser fails.
    pub async fn frame(&mut self, url: &str) -> Result<Framed, Blocked> {
        let browser = self.driven().await?;
        let framed = browser.told_apart(show(browser, url).await).await;
        self.let_go_if_broken(framed)
    }
}

async fn show(browser: &WebDriver, url: &str) -> Result<Framed, Blocked> {
    browser.set_cookies(&[]).await?;
    browser.go(url).await?;
    if !loads(browser).await? {
        let why = "the page does not show by itself, so that nothing is learned from a frame";
        return Err(Blocked::Unseen(why.to_owned()));
    }
    browser.set_cookies(&[]).await?;
    let around = Around::serve().await.map_err(|error| Blocked::Browser(error.to_string()))?;
    browser.go(&around.url).await?;
    browser.log().await?;
    browser.run(PUT, vec![json!(url)]).await?;
    let framed = framed(browser, &around.url).await;
    // The next visit finds a window without frames.
    browser.go("about:blank").await?;
    framed
}

/// The page around the frame: a server of ours, as browsers let no page of their own show what is on
/// loopback.
struct Around {
    url: String,
    serving: JoinHandle<()>,
}

impl Around {
    async fn serve() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let page = Router::new().fallback(|| async { Html("<!doctype html><title>frame</title>") });
        let serving = tokio::spawn(async move {
            // It ends when it is aborted.
            let _ = axum::serve(listener, page).await;
        });
        Ok(Self { url, serving })
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Whether the page at hand comes to show something.
async fn loads(browser: &WebDriver) -> Result<bool, Failed> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        let shown = browser.run(SHOWN, Vec::new()).await?;
        if is_web(shown[0].as_str()) && shown[1] == true {
            return Ok(true);
        }
        sleep(LOOK).await;
    }
    Ok(false)
}

async fn framed(browser: &WebDriver, around: &str) -> Result<Framed, Blocked> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        let state = browser.run(STATE, Vec::new()).await?;
        if state[0] != around {
            return Ok(broke_out());
        }
        if state[1] == true {
            return look_inside(browser, around).await;
        }
        sleep(LOOK).await;
    }
    Err(Blocked::Unseen(format!("the frame did not load within {} s", LOAD.as_secs())))
}

async fn look_inside(browser: &WebDriver, around: &str) -> Result<Framed, Blocked> {
    browser.enter_frame().await?;
    let inside = browser.run(SHOWN, Vec::new()).await;
    browser.leave_frame().await?;
    let inside = inside?;
    let url = inside[0].as_str().unwrap_or_default();
    if !is_web(Some(url)) {
        return refused(browser, url).await;
    }
    sleep(BREAK_OUT).await;
    let state = browser.run(STATE, Vec::new()).await?;
    if state[0] != around {
        return Ok(broke_out());
    }
    Ok(Framed { is_shown: true, seen: "it shows in a frame of another origin".to_owned() })
}

/// The browser shows a page of its own in the frame: because of what the server said, or for another
/// reason, of which nothing is learned.
async fn refused(browser: &WebDriver, url: &str) -> Result<Framed, Blocked> {
    let told = browser.log().await?;
    let told: Vec<_> = told.iter().filter_map(|entry| entry["message"].as_str()).collect();
    // Chromium says it in its log, Firefox in the address of its page.
    let is_for_framing = told.iter().any(|entry| entry.contains("ERR_BLOCKED_BY_RESPONSE"))
        || ["csp", "xfo"].iter().any(|word| url.to_ascii_lowercase().contains(word));
    if is_for_framing {
        let seen = "the browser refuses to show it in a frame".to_owned();
        return Ok(Framed { is_shown: false, seen });
    }
    let url = url.split('?').next().unwrap_or_default();
    Err(Blocked::Unseen(format!("the frame shows {url}, and not because of framing")))
}

fn broke_out() -> Framed {
    Framed { is_shown: false, seen: "it broke out of the frame".to_owned() }
}

fn is_web(url: Option<&str>) -> bool {
    url.is_some_and(|url| url.starts_with("http:") || url.starts_with("https:"))
}
