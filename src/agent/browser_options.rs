//! Which browser is wanted, and that there is none.

use std::fmt;

use crate::wire::Network;

/// Which browser is wanted.
#[derive(Clone, Debug, Default)]
pub struct BrowserOptions {
    /// A WebDriver server that runs already, by URL; nothing is started then.
    pub webdriver: Option<String>,
    /// Whether the browser's window is shown.
    pub headed: bool,
    /// The hashes of the keys of servers that have proved who they are, whoever vouches for them.
    pub proven: Vec<String>,
    /// How it reaches the server.
    pub network: Network,
}

impl BrowserOptions {
    /// Whether the browser runs on another machine, where our own loopback is not to be reached.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.webdriver.as_ref().is_some_and(|url| !is_loopback(url))
    }
}

pub(super) fn is_loopback(url: &str) -> bool {
    let url = url::Url::parse(url);
    url.is_ok_and(|url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")))
}

/// There is no browser to be had: what was looked for, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoBrowser(pub(super) String);

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)?;
        f.write_str(
            "; run `./setup.sh` or `apt-get install chromium chromium-driver`, name a running \
             WebDriver server with `--webdriver URL`, or go without a browser: `--agent forms`",
        )
    }
}

impl std::error::Error for NoBrowser {}
