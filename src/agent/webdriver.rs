//! A WebDriver session: the commands in use, and Chromium's own.

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use url::{ParseError, Url};

use super::browser_options::BrowserOptions;
use super::capabilities::capabilities;
use super::cookie::Cookie;
use super::devtools::{CallError, DevTools, Event};
use super::driver::{Driver, DriverKind};
use super::failed::Failed;
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

/// A browser with one window, controlled by WebDriver.
#[derive(Debug)]
pub(super) struct WebDriver {
    client: Client,
    is_chromium: bool,
    /// Whether it is Chromium on this machine.
    is_here: bool,
    /// Additional header fields for requests to the server.
    headers: ServerHeaders,
    /// Adds them in the window, if there are any.
    adding: Mutex<Option<RequestHeaders>>,
    /// The DevTools of the window, if the browser is Chromium on this machine.
    devtools: Mutex<Option<Arc<DevTools>>>,
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
        let mut browser = Self {
            client,
            is_chromium,
            is_here: driver.kind == DriverKind::Chromium,
            headers,
            adding: Mutex::default(),
            devtools: Mutex::default(),
        };
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
    /// Why the DevTools cannot be used, or the header fields of the target file cannot be sent.
    async fn prepare_window(&self) -> Result<(), String> {
        if self.is_here {
            let devtools = timeout(ANSWER, self.connect()).await;
            let devtools = devtools.unwrap_or_else(|_| Err("they do not answer".to_owned()));
            let devtools =
                devtools.map_err(|why| format!("Chromium's DevTools cannot be used: {why}"))?;
            *self.devtools.lock().unwrap_or_else(PoisonError::into_inner) = Some(devtools.into());
        }
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

    /// Connects to the DevTools of the window.
    async fn connect(&self) -> Result<DevTools, String> {
        let (address, window) = self.place().await?;
        let devtools = DevTools::connect(&address, &window).await?;
        devtools.listen().await.map_err(|why| Failed::from(why).to_string())?;
        Ok(devtools)
    }

    /// Where the browser's DevTools listen, and the handle of the window.
    async fn place(&self) -> Result<(String, String), String> {
        let options = self.client.capabilities().and_then(|all| all.get("goog:chromeOptions"));
        let address = options.and_then(|options| options["debuggerAddress"].as_str());
        let address =
            address.ok_or("its driver does not say where its DevTools listen")?.to_owned();
        let window = self.issue(Command::get("window")).await.map_err(|it| it.to_string())?;
        Ok((address, window.as_str().unwrap_or_default().to_owned()))
    }

    /// Adds the target file's header fields to the window's requests to the server.
    async fn add_headers(&self) -> Result<(), String> {
        if self.headers.fields().is_empty() {
            return Ok(());
        }
        let (address, window) = self.place().await?;
        let adding = timeout(ANSWER, RequestHeaders::add(&address, &window, &self.headers)).await;
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
        let Some(devtools) = self.devtools() else { return self.execute(script, arguments).await };
        evaluated(&devtools, script, arguments, false).await
    }

    /// Runs a script that changes nothing, in the next page if the window leaves this one meanwhile.
    pub(super) async fn read(&self, script: &str) -> Result<Value, Failed> {
        let start = Instant::now();
        loop {
            match self.run(script, Vec::new()).await {
                Err(failed) if failed.is_refused_call() && start.elapsed() < ANSWER => {
                    sleep(LOOK).await;
                }
                done => return done,
            }
        }
    }

    /// Runs a script in the page as if its user had just clicked, and returns whether the browser lets us.
    pub(super) async fn run_by_user(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<bool, Failed> {
        let Some(devtools) = self.devtools() else { return Ok(false) };
        evaluated(&devtools, script, arguments, true).await.map(|_| true)
    }

    /// Runs a script in the current frame of the page; it may be given elements.
    pub(super) async fn execute(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, Failed> {
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

    /// What has happened in the window since the last call, as far as it is known.
    pub(super) async fn log(&self) -> Result<Vec<Event>, Failed> {
        if let Some(devtools) = self.devtools() {
            return Ok(devtools.events());
        }
        if !self.is_chromium {
            return Ok(Vec::new());
        }
        let log = self.issue(Command::post("se/log", json!({ "type": "performance" }))).await?;
        Ok(log.as_array().into_iter().flatten().filter_map(logged).collect())
    }

    /// The same, once it is known what had happened when this was asked.
    pub(super) async fn whole_log(&self) -> Result<Vec<Event>, Failed> {
        if self.devtools().is_some() {
            match self.run("", Vec::new()).await {
                Err(failed) if failed.is_fatal() => return Err(failed),
                _ => {}
            }
        }
        self.log().await
    }

    /// Waits until something happens in the window, if that is told.
    pub(super) async fn news(&self) {
        match self.devtools() {
            Some(devtools) => devtools.news().await,
            None => std::future::pending().await,
        }
    }

    fn devtools(&self) -> Option<Arc<DevTools>> {
        self.devtools.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        let cookies: Vec<_> = cookies.iter().map(|cookie| cookie.write("expires")).collect();
        self.cdp("Network.clearBrowserCookies", json!({})).await?;
        if !cookies.is_empty() {
            self.cdp("Storage.setCookies", json!({ "cookies": cookies })).await?;
        }
        Ok(())
    }

    /// Makes sure that the browser has just these cookies, without setting them again if it does. That is not enough before a
    /// form is posted from another site: Chromium sends a cookie without `SameSite` there only while it is new.
    pub(super) async fn keep_cookies(&self, cookies: &[Cookie]) -> Result<(), Failed> {
        let has_these = match self.devtools() {
            Some(_) => self.has_just(cookies).await?,
            None => false,
        };
        if has_these { Ok(()) } else { self.set_cookies(cookies).await }
    }

    async fn has_just(&self, cookies: &[Cookie]) -> Result<bool, Failed> {
        let said = self.cdp("Storage.getCookies", json!({})).await?;
        let there = said["cookies"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_wanted = |cookie: &Value| {
            let is_whole = cookie.get("partitionKey").is_none();
            is_whole && Cookie::read(cookie).is_some_and(|cookie| cookies.contains(&cookie))
        };
        Ok(there.len() == cookies.len() && there.iter().all(is_wanted))
    }

    /// Replaces the window with a new one.
    pub(super) async fn renew_window(&self) -> Result<(), Failed> {
        let window = self.issue(Command::post("window/new", json!({ "type": "tab" }))).await?;
        self.issue(Command::delete("window")).await?;
        self.issue(Command::post("window", json!({ "handle": window["handle"] }))).await?;
        self.prepare_window().await.map_err(Failed::lost)
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
    async fn cdp(&self, command: &'static str, parameters: Value) -> Result<Value, Failed> {
        if let Some(devtools) = self.devtools() {
            return answered(devtools.call(command, parameters)).await;
        }
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
    Ok(done.unwrap_or_else(|_| Err(CmdError::Lost(silent())))?)
}

/// The result of a command of the Chrome DevTools Protocol within its time limit.
async fn answered(call: impl Future<Output = Result<Value, CallError>>) -> Result<Value, Failed> {
    let result = timeout(ANSWER, call).await.unwrap_or(Err(CallError::Gone));
    Ok(result?)
}

/// What a script returns.
async fn evaluated(
    devtools: &DevTools,
    script: &str,
    arguments: Vec<Value>,
    is_by_user: bool,
) -> Result<Value, Failed> {
    let arguments = Value::Array(arguments);
    let expression = format!("(function () {{{script}\n}}).apply(null, {arguments})");
    let call =
        json!({ "expression": expression, "returnByValue": true, "userGesture": is_by_user });
    let mut said = answered(devtools.call("Runtime.evaluate", call)).await?;
    match said.get("exceptionDetails") {
        Some(thrown) => Err(Failed::Script(thrown["text"].to_string())),
        None => Ok(said["result"]["value"].take()),
    }
}

/// An entry of the driver's log.
fn logged(entry: &Value) -> Option<Event> {
    let said = entry["message"].as_str().unwrap_or_default();
    let mut outer = serde_json::from_str::<Value>(said).ok()?;
    let window = outer["webview"].as_str().unwrap_or_default().to_owned();
    let method = outer["message"]["method"].as_str().unwrap_or_default().to_owned();
    Some(Event { window, method, params: outer["message"]["params"].take() })
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
