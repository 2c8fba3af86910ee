//! The authorization endpoint in a frame of another site's page, as an attacker would show it.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::browser::Browser;
use super::failed::Failed;
use super::framed::Framed;
use super::network_log::NetworkLog;
use super::origins::Origins;
use super::webdriver::WebDriver;
use crate::wire::Blocked;

/// How long a page may take to load.
const LOAD: Duration = Duration::from_secs(10);

/// The polling interval: there is no notification of a loaded page.
const LOOK: Duration = Duration::from_millis(20);

/// How long a page gets to break out of the frame with its own script.
const BREAK_OUT: Duration = Duration::from_millis(500);

/// Puts the address into a frame, and notes when it has loaded.
const PUT: &str = "
    const frame = document.createElement('iframe');
    frame.onload = () => { window.authspecLoaded = true; };
    frame.src = arguments[0];
    document.body.append(frame);
";

/// The address of the document, once it has a body.
const READY: &str = "return document.body ? document.URL : null";

/// The reason if there is nothing to frame.
const NO_PAGE: &str = "the server shows no page of its own: it redirects every visitor at once";

const STATE: &str = "return [document.URL, window.authspecLoaded === true]";

/// The address of the document, and whether there is anything to see or click.
const SHOWN: &str = "return [
    document.URL,
    Boolean(document.body?.innerText?.trim() || document.querySelector('input,button,script')),
]";

impl Browser {
    /// Shows the address by itself, then in a frame of a page of another origin, to a visitor who
    /// is not signed in.
    ///
    /// # Errors
    /// When it does not even show by itself, or the browser fails.
    pub async fn frame(&mut self, url: &str, server: &Origins) -> Result<Framed, Blocked> {
        let browser = self.driven().await?;
        let framed = browser.failed_or_gone(show(browser, url, server).await).await;
        self.take_back(framed).await
    }
}

async fn show(browser: &WebDriver, url: &str, server: &Origins) -> Result<Framed, Blocked> {
    browser.set_cookies(&[]).await?;
    browser.whole_log().await?;
    browser.go(url).await?;
    match loads(browser).await? {
        Some(place) if server.contains(&place) => {}
        None if !is_sent_on(browser, server).await? => {
            let why = "the page does not show by itself, so a frame proves nothing";
            return Err(Blocked::Unseen(why.to_owned()));
        }
        Some(_) | None => return Err(Blocked::DoesNotApply(NO_PAGE.to_owned())),
    }
    browser.set_cookies(&[]).await?;
    let framing_page =
        FramingPage::serve().await.map_err(|error| Blocked::Browser(error.to_string()))?;
    browser.go(&framing_page.url).await?;
    wait_for(browser, &framing_page.url).await?;
    browser.whole_log().await?;
    browser.run(PUT, vec![json!(url)]).await?;
    framed(browser, &framing_page.url, server).await
}

/// The page around the frame, on a local server: browsers do not let their own pages show loopback
/// addresses.
struct FramingPage {
    url: String,
    serving: JoinHandle<()>,
}

impl FramingPage {
    async fn serve() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let page = Router::new().fallback(|| async { Html("<!doctype html><title>frame</title>") });
        let serving = tokio::spawn(async move {
            // It runs until it is aborted.
            let _ = axum::serve(listener, page).await;
        });
        Ok(Self { url, serving })
    }
}

impl Drop for FramingPage {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Waits until the page is loaded, and has a body.
async fn wait_for(browser: &WebDriver, url: &str) -> Result<(), Blocked> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        if browser.read(READY).await? == url {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Err(Blocked::Unseen("the page around the frame did not load".to_owned()))
}

/// Whether the server redirected the visitor to an address without a page.
async fn is_sent_on(browser: &WebDriver, server: &Origins) -> Result<bool, Failed> {
    let mut log = NetworkLog::default();
    log.read(&browser.whole_log().await?);
    let mut sent = std::iter::from_fn(|| log.next_sent());
    Ok(sent.any(|sent| !sent.uri.starts_with("about:") && !server.contains(&sent.uri)))
}

/// The address of the current page, once it shows something.
async fn loads(browser: &WebDriver) -> Result<Option<String>, Failed> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        let shown = browser.read(SHOWN).await?;
        if is_web(shown[0].as_str()) && shown[1] == true {
            return Ok(shown[0].as_str().map(str::to_owned));
        }
        sleep(LOOK).await;
    }
    Ok(None)
}

async fn framed(
    browser: &WebDriver,
    framing_page: &str,
    server: &Origins,
) -> Result<Framed, Blocked> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        let state = browser.read(STATE).await?;
        if state[0] != framing_page {
            return Ok(broke_out());
        }
        if state[1] == true {
            return look_inside(browser, framing_page, server).await;
        }
        sleep(LOOK).await;
    }
    Err(Blocked::Unseen(format!("the frame did not load within {} s", LOAD.as_secs())))
}

async fn look_inside(
    browser: &WebDriver,
    framing_page: &str,
    server: &Origins,
) -> Result<Framed, Blocked> {
    let url = inside(browser, framing_page).await?;
    if !is_web(Some(&url)) {
        return refused(browser, &url).await;
    }
    if !server.contains(&url) {
        return Err(Blocked::DoesNotApply(NO_PAGE.to_owned()));
    }
    sleep(BREAK_OUT).await;
    let state = browser.read(STATE).await?;
    if state[0] != framing_page {
        return Ok(broke_out());
    }
    Ok(Framed { is_shown: true, seen: "it shows in a frame of another origin".to_owned() })
}

/// The address of the page in the frame. While the frame is between two pages, a driver may answer with the page around it.
///
/// # Errors
/// If it is never seen, or the browser fails.
async fn inside(browser: &WebDriver, framing_page: &str) -> Result<String, Blocked> {
    let start = Instant::now();
    while start.elapsed() < LOAD {
        browser.enter_frame().await?;
        let shown = browser.execute(SHOWN, Vec::new()).await;
        browser.leave_frame().await?;
        let shown = shown?;
        let url = shown[0].as_str().unwrap_or_default();
        if url != framing_page {
            return Ok(url.to_owned());
        }
        sleep(LOOK).await;
    }
    let why = format!("the frame went from page to page for {} s", LOAD.as_secs());
    Err(Blocked::Unseen(why))
}

/// The browser shows its own page in the frame: because of the server's policy, or for another
/// reason, which proves nothing.
async fn refused(browser: &WebDriver, url: &str) -> Result<Framed, Blocked> {
    let told = browser.whole_log().await?;
    let is_blocked = |error: &Value| {
        error.as_str().is_some_and(|error| error.contains("ERR_BLOCKED_BY_RESPONSE"))
    };
    // Chromium reports it in its log, Firefox in the address of its page.
    let is_for_framing = told.iter().any(|event| is_blocked(&event.params["errorText"]))
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
