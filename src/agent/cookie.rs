//! Cookies as plain data, for exchange between the browser and the HTTP client.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A cookie of the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host or domain that it is sent to, without a leading dot.
    pub domain: String,
    /// Whether it is sent to that host only, and not to its subdomains.
    pub host_only: bool,
    /// The path that it is sent to.
    pub path: String,
    /// Whether it is sent over https only.
    pub secure: bool,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// When it expires, in seconds since 1970, or `None` for a session cookie.
    pub expires: Option<f64>,
    /// `Strict`, `Lax` or `None`, if the server set it.
    pub same_site: Option<String>,
}

impl Cookie {
    /// Reads a cookie from WebDriver or the Chrome DevTools Protocol.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or_default();
        let domain = text("domain")?;
        let expires = value.get("expires").or(value.get("expiry")).and_then(Value::as_f64);
        Some(Self {
            name: text("name")?,
            value: text("value")?,
            host_only: !domain.starts_with('.'),
            domain: domain.trim_start_matches('.').to_owned(),
            path: text("path").unwrap_or_else(|| "/".to_owned()),
            secure: flag("secure"),
            http_only: flag("httpOnly"),
            expires: expires.filter(|seconds| *seconds > 0.0),
            same_site: text("sameSite"),
        })
    }

    /// The cookie for either protocol; they only differ in the name of the expiry time.
    pub(super) fn write(&self, expires: &str) -> Value {
        let dot = if self.host_only { "" } else { "." };
        let mut cookie = json!({
            "name": self.name,
            "value": self.value,
            "domain": format!("{dot}{}", self.domain),
            "path": self.path,
            "secure": self.secure,
            "httpOnly": self.http_only,
        });
        if let Some(seconds) = self.expires {
            cookie[expires] = json!(seconds.trunc());
        }
        if let Some(same_site) = &self.same_site {
            cookie["sameSite"] = json!(same_site);
        }
        cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_and_written() {
        let protocol = json!({
            "name": "sid", "value": "1", "domain": ".as.example", "path": "/", "secure": true,
            "httpOnly": true, "expires": -1, "sameSite": "Lax",
        });
        let cookie = Cookie::read(&protocol).unwrap();
        assert_eq!((cookie.domain.as_str(), cookie.host_only), ("as.example", false));
        assert_eq!(cookie.expires, None);
        assert_eq!(cookie.write("expires")["domain"], ".as.example");
    }
}
