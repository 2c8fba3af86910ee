//! A real browser that shows a page from a file.

use std::path::Path;

use authspec::agent::{BrowserOptions, Driver};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Driver,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let driver = Driver::start(&BrowserOptions::default()).await.unwrap();
        let mut options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-gpu"] });
        if let Some(browser) = &driver.browser {
            options["binary"] = json!(browser);
        }
        let capabilities =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        let client = builder.connect(&driver.url).await.unwrap();
        Self { client, driver }
    }

    pub(crate) async fn open(&self, page: &Path, fragment: &str) {
        let mut url = Url::from_file_path(page).unwrap();
        url.set_fragment(Some(fragment));
        // Another fragment alone would not load the page anew.
        self.client.goto("about:blank").await.unwrap();
        self.client.goto(url.as_str()).await.unwrap();
    }

    /// What a script in the page says.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.client.execute(&format!("return {script}"), Vec::new()).await.unwrap()
    }

    pub(crate) async fn click(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Presses keys while the first such element has the focus.
    pub(crate) async fn press(&self, css: &str, keys: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(keys).await.unwrap();
    }

    /// How many such elements are seen.
    pub(crate) async fn count(&self, css: &str) -> u64 {
        let visible = format!(
            "[...document.querySelectorAll({css:?})].filter(it => it.checkVisibility()).length"
        );
        self.ask(&visible).await.as_u64().unwrap()
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) async fn cdp(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.issue("goog/cdp/execute", body).await.unwrap();
    }

    /// How wide and high the window is.
    pub(crate) async fn resize(&self, width: u16, height: u16) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the console has got since it was last asked: errors of scripts, and violated policies.
    pub(crate) async fn complaints(&self) -> Value {
        self.issue("se/log", json!({ "type": "browser" })).await.unwrap()
    }

    pub(crate) async fn stop(self) {
        self.client.close().await.unwrap();
        self.driver.stop().await;
    }

    async fn issue(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Command { path, body }).await
    }
}

#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
