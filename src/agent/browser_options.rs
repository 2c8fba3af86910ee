//! The choice of a browser, and the error if there is none.

use std::fmt;

use crate::wire::Network;

/// Which browser to use.
#[derive(Clone, Debug, Default)]
pub struct BrowserOptions {
    /// The URL of a WebDriver server that is already running, in which case none is started.
    pub webdriver: Option<String>,
    /// Whether the browser's window is shown.
    pub headed: bool,
    /// The key hashes of servers that have proved their identity, whatever their certificate
    /// authority.
    pub proven: Vec<String>,
    /// How it reaches the server.
    pub network: Network,
}

impl BrowserOptions {
    /// Whether the browser runs on another machine, from which our loopback cannot be reached.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.webdriver.as_ref().is_some_and(|url| !is_loopback(url))
    }
}

pub(super) fn is_loopback(url: &str) -> bool {
    let url = url::Url::parse(url);
    url.is_ok_and(|url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")))
}

/// There is no browser: what was looked for, and how to install one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoBrowser(pub(super) String);

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)?;
        f.write_str(
            "; run `./setup.sh` or `apt-get install chromium chromium-driver`, name a running \
             WebDriver server with `--webdriver URL`, or use `--agent forms` to run without a \
             browser",
        )
    }
}

impl std::error::Error for NoBrowser {}
