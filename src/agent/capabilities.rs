//! What a WebDriver session is asked for: which browser, how it starts, and what it does by itself.

use serde_json::{Map, Value, json};

use super::browser_options::BrowserOptions;
use super::driver::{Driver, DriverKind, is_unsandboxed};

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

/// What is asked for, with Chromium host resolver rules that lead the browser to its listener.
pub(super) fn capabilities(
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
        // We poll the page ourselves, and pages that never finish must not block us.
        "pageLoadStrategy": "none",
    });
    if !is_here {
        capabilities["browserName"] = json!("chrome");
        capabilities["goog:loggingPrefs"] = json!({ "performance": "ALL" });
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
