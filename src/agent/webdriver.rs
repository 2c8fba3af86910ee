//! A WebDriver session: the commands in use, and Chromium's own.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};
use url::{ParseError, Url};

use super::browser_options::BrowserOptions;
use super::cookie::Cookie;
use super::driver::{Driver, DriverKind, is_unsandboxed};
use super::request_headers::RequestHeaders;
use crate::wire::{Blocked, ServerHeaders};

/// How long a session may take to start; a cold machine needs a few seconds.
const START: Duration = Duration::from_secs(60);

/// How long a command may take before its receiver counts as gone; scripts and pages have less
/// time.
const ANSWER: Duration = Duration::from_secs(30);

/// How long the browser may take to close.
const CLOSE: Duration = Duration::from_secs(5);

/// How long a screenshot may take, as the page may be busy.
const PICTURE: Duration = Duration::from_secs(3);

/// How often the window is looked at that is to show the empty page.
const LOOK: Duration = Duration::from_millis(5);

/// Clears all fields, and hides what may show something that is not in the page's source.
const VEIL: &str = "
    const veil = (root) => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) veil(element.shadowRoot);
            if (element.matches('textarea, input:not([type=submit i], [type=button i], [type=reset i])')) {
                element.value = '';
            } else if (element.matches('[contenteditable]')) {
                element.textContent = '';
            } else if (element.matches('iframe, frame, object, embed, canvas, select, svg')) {
                element.style.setProperty('visibility', 'hidden', 'important');
            }
        }
    };
    veil(document);
";

/// Chromium's switches: it runs unattended, looks up nothing that no case asks for, and never
/// reaches `*.example` addresses of cases.
const SWITCHES: &[&str] = &[
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-features=HttpsUpgrades",
    "--no-first-run",
];

/// The rule by which `*.example` does not exist.
const NOWHERE: &str = "MAP *.example ~NOTFOUND";

/// The messages for a browser that is gone: from its driver, and from a Selenium Grid with a node
/// that has ended.
const GONE: &[&str] = &[
    "tab crashed",
    "not connected to DevTools",
    "disconnected",
    "Unable to execute request for an existing session",
    "Unable to find session",
];

/// A command to the browser failed.
#[derive(Debug)]
pub(super) struct Failed(CmdError);

impl Failed {
    /// Whether the browser is gone.
    pub(super) fn is_fatal(&self) -> bool {
        let lost = matches!(self.0, CmdError::Lost(_) | CmdError::Failed(_) | CmdError::FailedC(_));
        let said = self.to_string();
        lost || self.0.is_invalid_session_id()
            || self.0.is_no_such_window()
            || GONE.iter().any(|end| said.contains(end))
    }

    /// Whether the element is there, but does not accept a person's action.
    pub(super) fn is_refused(&self) -> bool {
        let is_covered = self.to_string().contains("click intercepted");
        is_covered || self.0.is_element_not_interactable() || self.0.is_invalid_element_state()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match &self.0 {
            CmdError::Standard(error) => error.message.to_string(),
            error => error.to_string(),
        };
        // The lines after the first are the driver's own stack trace.
        f.write_str(said.lines().next().unwrap_or_default())
    }
}

/// A browser with one window, controlled by WebDriver.
#[derive(Debug)]
pub(super) struct WebDriver {
    client: Client,
    is_chromium: bool,
    /// Additional header fields for requests to the server.
    headers: ServerHeaders,
    /// Adds them in the window, if there are any.
    adding: Mutex<Option<RequestHeaders>>,
}

impl WebDriver {
    /// Starts a session, or returns why that is not possible.
    pub(super) async fn open(
        driver: &Driver,
        options: &BrowserOptions,
        detours: &[String],
    ) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut builder = ClientBuilder::new(connector);
        builder.capabilities(capabilities(driver, options, detours));
        let client = match timeout(START, builder.connect(&driver.url)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(first_line(&error.to_string())),
            Err(_) => return Err(format!("no session within {} s", START.as_secs())),
        };
        let (is_chromium, headers) =
            (driver.kind != DriverKind::Firefox, options.network.headers.clone());
        let mut browser = Self { client, is_chromium, headers, adding: Mutex::default() };
        if driver.kind == DriverKind::Remote {
            browser.is_chromium = browser.cdp("Browser.getVersion", json!({})).await.is_ok();
        }
        if !(detours.is_empty() || browser.is_chromium) {
            browser.close().await;
            return Err("only Chromium's can visit side by side".to_owned());
        }
        // A file offered for download is an answer that is not read.
        let deny = json!({ "behavior": "deny" });
        let _ = browser.cdp("Browser.setDownloadBehavior", deny).await;
        if let Err(why) = browser.prepare_window().await {
            browser.close().await;
            return Err(why);
        }
        Ok(browser)
    }

    /// Prepares the window: pages report what they have yet to do, and are sent uncompressed.
    /// Glewlwyd loses a file descriptor with each page that it compresses, and stops answering
    /// after a thousand.
    ///
    /// # Errors
    /// Why the header fields of the target file cannot be sent.
    async fn prepare_window(&self) -> Result<(), String> {
        let plain = json!({ "headers": { "Accept-Encoding": "identity" } });
        // Without Chromium's protocol, the server decides about compression.
        let _ = self.cdp("Network.enable", json!({})).await;
        let _ = self.cdp("Network.setExtraHTTPHeaders", plain).await;
        let watch = json!({ "source": include_str!("promises.js") });
        let _ = self.cdp("Page.addScriptToEvaluateOnNewDocument", watch).await;
        self.add_headers().await.map_err(|why| {
            format!(
                "it cannot send the `[header]` fields of the target file, which needs Chromium on \
                 this machine: {why}; use `--agent forms` to run without a browser"
            )
        })
    }

    /// Adds the target file's header fields to the window's requests to the server.
    async fn add_headers(&self) -> Result<(), String> {
        if self.headers.fields().is_empty() {
            return Ok(());
        }
        let options = self.client.capabilities().and_then(|all| all.get("goog:chromeOptions"));
        let address = options.and_then(|options| options["debuggerAddress"].as_str());
        let address = address.ok_or("it has no DevTools")?;
        let window = self.issue(Command::get("window")).await.map_err(|it| it.to_string())?;
        let window = window.as_str().unwrap_or_default();
        let adding = timeout(ANSWER, RequestHeaders::add(address, window, &self.headers)).await;
        let adding = adding.unwrap_or_else(|_| Err("it does not answer".to_owned()))?;
        *self.adding.lock().unwrap_or_else(PoisonError::into_inner) = Some(adding);
        Ok(())
    }

    /// Whether the browser reports its requests.
    pub(super) fn has_log(&self) -> bool {
        self.is_chromium
    }

    /// Sends the browser to an address, exactly as written, without waiting for the page.
    pub(super) async fn go(&self, url: &str) -> Result<(), Failed> {
        self.issue(Command::post("url", json!({ "url": url }))).await.map(drop)
    }

    /// Waits until the window shows the empty page, or for this time.
    pub(super) async fn wait_for_blank(&self, patience: Duration) -> Result<(), Failed> {
        let start = Instant::now();
        while start.elapsed() < patience {
            match self.run("return document.URL", Vec::new()).await {
                Ok(url) if url == "about:blank" => break,
                Err(failed) if failed.is_fatal() => return Err(failed),
                _ => sleep(LOOK).await,
            }
        }
        Ok(())
    }

    /// The address that the browser is at, or could not reach.
    pub(super) async fn url(&self) -> Result<String, Failed> {
        let url = self.issue(Command::get("url")).await?;
        Ok(url.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page.
    pub(super) async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Failed> {
        within(self.client.execute(script, arguments)).await
    }

    /// Switches to the first frame of the page.
    pub(super) async fn enter_frame(&self) -> Result<(), Failed> {
        within(self.client.enter_frame(0)).await
    }

    /// Switches back to the page around it.
    pub(super) async fn leave_frame(&self) -> Result<(), Failed> {
        within(self.client.enter_parent_frame()).await
    }

    /// The elements that match the selector, in document order.
    pub(super) async fn elements(&self, css: &str) -> Result<Vec<Element>, Failed> {
        within(self.client.find_all(Locator::Css(css))).await
    }

    /// A screenshot of the window, as PNG.
    pub(super) async fn screenshot(&self) -> Option<Vec<u8>> {
        // An image cannot be redacted afterwards. On pages where no script runs, such as the
        // browser's own error page, nothing was typed.
        let veiled = timeout(PICTURE, self.run(VEIL, Vec::new())).await.ok()?;
        if veiled.is_err_and(|failed| failed.is_fatal()) {
            return None;
        }
        timeout(PICTURE, within(self.client.screenshot())).await.ok()?.ok()
    }

    /// What the browser has logged since the last call.
    pub(super) async fn log(&self) -> Result<Vec<Value>, Failed> {
        if !self.is_chromium {
            return Ok(Vec::new());
        }
        let log = self.issue(Command::post("se/log", json!({ "type": "performance" }))).await?;
        Ok(match log {
            Value::Array(entries) => entries,
            _ => Vec::new(),
        })
    }

    /// All cookies of the browser, or those of the page if it does not report more.
    pub(super) async fn cookies(&self) -> Result<Vec<Cookie>, Failed> {
        let cookies = if self.is_chromium {
            self.cdp("Storage.getCookies", json!({})).await?["cookies"].take()
        } else {
            self.issue(Command::get("cookie")).await?
        };
        Ok(cookies.as_array().into_iter().flatten().filter_map(Cookie::read).collect())
    }

    /// Replaces all cookies by these. A browser other than Chromium only accepts those that fit its
    /// current page, so one must be shown first.
    pub(super) async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), Failed> {
        if !self.is_chromium {
            self.issue(Command::delete("cookie")).await?;
            for cookie in cookies {
                let command = Command::post("cookie", json!({ "cookie": cookie.write("expiry") }));
                let _ = self.issue(command).await;
            }
            return Ok(());
        }
        self.cdp("Network.clearBrowserCookies", json!({})).await?;
        if !cookies.is_empty() {
            let cookies: Vec<_> = cookies.iter().map(|cookie| cookie.write("expires")).collect();
            self.cdp("Storage.setCookies", json!({ "cookies": cookies })).await?;
        }
        Ok(())
    }

    /// Replaces the window with a new one.
    pub(super) async fn renew_window(&self) -> Result<(), Failed> {
        let window = self.issue(Command::post("window/new", json!({ "type": "tab" }))).await?;
        self.issue(Command::delete("window")).await?;
        self.issue(Command::post("window", json!({ "handle": window["handle"] }))).await?;
        self.prepare_window().await.map_err(|why| Failed(CmdError::Lost(io::Error::other(why))))
    }

    /// Distinguishes a browser that has failed from one that is gone, whatever the message: the
    /// latter does not answer even commands that are unrelated to the page.
    pub(super) async fn failed_or_gone<T>(&self, done: Result<T, Blocked>) -> Result<T, Blocked> {
        let Err(Blocked::Browser(why)) = done else { return done };
        let answers = timeout(CLOSE, self.issue(Command::get("timeouts"))).await;
        let is_there = matches!(answers, Ok(Ok(_)));
        Err(if is_there { Blocked::Browser(why) } else { Blocked::BrowserLost(why) })
    }

    /// A GET command, by its path below the session.
    pub(super) async fn get(&self, path: String) -> Result<Value, Failed> {
        self.issue(Command::get(path)).await
    }

    /// A POST command.
    pub(super) async fn post(&self, path: String, body: Value) -> Result<Value, Failed> {
        self.issue(Command::post(path, body)).await
    }

    /// A DELETE command.
    pub(super) async fn delete(&self, path: String) -> Result<Value, Failed> {
        self.issue(Command::delete(path)).await
    }

    /// Closes the browser.
    pub(super) async fn close(self) {
        let _ = timeout(CLOSE, self.client.close()).await;
    }

    /// A command of the Chrome DevTools Protocol.
    async fn cdp(&self, command: &str, parameters: Value) -> Result<Value, Failed> {
        let body = json!({ "cmd": command, "params": parameters });
        self.issue(Command::post("goog/cdp/execute", body)).await
    }

    async fn issue(&self, command: Command) -> Result<Value, Failed> {
        within(self.client.issue_cmd(command)).await
    }
}

/// The result of a command within its time limit.
async fn within<T>(command: impl Future<Output = Result<T, CmdError>>) -> Result<T, Failed> {
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "it does not answer any more");
    let done = timeout(ANSWER, command).await;
    done.unwrap_or_else(|_| Err(CmdError::Lost(silent()))).map_err(Failed)
}

impl From<Failed> for Blocked {
    fn from(failed: Failed) -> Self {
        let why = failed.to_string();
        if failed.is_fatal() { Self::BrowserLost(why) } else { Self::Browser(why) }
    }
}

impl From<CmdError> for Failed {
    fn from(error: CmdError) -> Self {
        Self(error)
    }
}

fn capabilities(
    driver: &Driver,
    options: &BrowserOptions,
    detours: &[String],
) -> Map<String, Value> {
    let mut common = json!({
        // Firefox cannot be told which certificates to trust; Chromium can.
        "acceptInsecureCerts": driver.kind == DriverKind::Firefox,
        "timeouts": { "script": 5_000, "pageLoad": 15_000, "implicit": 0 },
        "unhandledPromptBehavior": "dismiss",
    });
    if driver.kind != DriverKind::Remote
        && let Some((http, https, without)) = options.network.proxies.for_browser()
    {
        common["proxy"] = json!({ "proxyType": "manual", "noProxy": without });
        let both = [("httpProxy", http), ("sslProxy", https)];
        for (name, address) in both.into_iter().filter_map(|(name, it)| Some((name, it?))) {
            common["proxy"][name] = json!(address);
        }
    }
    let browser = match driver.kind {
        DriverKind::Firefox => firefox(driver, options.headed),
        DriverKind::Chromium | DriverKind::Remote => chromium(driver, options, detours),
    };
    [common, browser]
        .into_iter()
        .flat_map(|part| match part {
            Value::Object(part) => part,
            _ => Map::new(),
        })
        .collect()
}

fn chromium(driver: &Driver, wanted: &BrowserOptions, detours: &[String]) -> Value {
    let mut switches: Vec<&str> = SWITCHES.to_vec();
    let rules: Vec<_> = [NOWHERE].into_iter().chain(detours.iter().map(String::as_str)).collect();
    let rules = format!("--host-resolver-rules={}", rules.join(", "));
    switches.push(&rules);
    let proven = format!("--ignore-certificate-errors-spki-list={}", wanted.proven.join(","));
    if !wanted.proven.is_empty() {
        switches.push(&proven);
    }
    if !wanted.headed {
        switches.push("--headless=new");
    }
    let is_here = driver.kind == DriverKind::Chromium;
    // A driver on this machine starts its browser as we would.
    let is_near = is_here || driver.is_on_loopback();
    if is_near && is_unsandboxed() {
        switches.push("--no-sandbox");
    }
    let mut options = json!({
        "args": switches,
        "prefs": {
            "credentials_enable_service": false,
            "profile.password_manager_leak_detection": false,
        },
    });
    if let Some(browser) = &driver.browser {
        options["binary"] = json!(browser);
    }
    let mut capabilities = json!({
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "performance": "ALL" },
        // We poll the page ourselves, and pages that never finish must not block us.
        "pageLoadStrategy": "none",
    });
    if !is_here {
        capabilities["browserName"] = json!("chrome");
    }
    capabilities
}

fn firefox(driver: &Driver, headed: bool) -> Value {
    let arguments: &[&str] = if headed { &[] } else { &["-headless"] };
    let mut options = json!({ "args": arguments });
    if let Some(browser) = &driver.browser {
        options["binary"] = json!(browser);
    }
    json!({
        "browserName": "firefox",
        "moz:firefoxOptions": options,
        "pageLoadStrategy": "eager",
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A command by its path below the session.
#[derive(Debug)]
struct Command {
    method: http::Method,
    path: Cow<'static, str>,
    body: Option<Value>,
}

impl Command {
    fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: http::Method::GET, path: path.into(), body: None }
    }

    fn delete(path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: http::Method::DELETE, path: path.into(), body: None }
    }

    fn post(path: impl Into<Cow<'static, str>>, body: Value) -> Self {
        Self { method: http::Method::POST, path: path.into(), body: Some(body) }
    }
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
