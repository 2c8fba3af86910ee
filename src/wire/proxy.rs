//! Proxies from the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.

use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::redact::without_credentials;

/// Hosts that are reached without a proxy in any case: servers and redirect URIs on this machine.
const LOOPBACK: &str = "localhost, 127.0.0.0/8, ::1";

/// The domain of hosts that must not exist (RFC2606 §3), where cases send attackers' redirects.
/// Proxies are not asked for them.
const NOWHERE: &str = ".example";

/// The proxies through which servers are reached.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    /// Hosts that are reached without a proxy, in the format of `NO_PROXY`.
    no: String,
    matcher: Option<Arc<Matcher>>,
}

/// A proxy, and the variable that names it.
#[derive(Clone, Debug)]
struct Proxy {
    url: Url,
    variable: String,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, variable } = self;
        write!(f, "the proxy {} ({variable})", without_credentials(url.as_str()))
    }
}

impl Proxies {
    /// Reads the environment.
    ///
    /// # Errors
    /// Which variable is wrong, and what would be right.
    pub fn of_environment() -> Result<Self, String> {
        Self::of(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        // In upper or lower case, as curl and other programs read them.
        let read = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_lowercase()];
            names.into_iter().find_map(|name| Some((variable(&name)?, name)))
        };
        let one = |name: &str| match read(name).or_else(|| read("ALL_PROXY")) {
            Some((value, variable)) => Proxy::read(value.trim(), variable).map(Some),
            None => Ok(None),
        };
        let (http, https) = (one("HTTP_PROXY")?, one("HTTPS_PROXY")?);
        let no = read("NO_PROXY").map(|(no, _)| no).unwrap_or_default();
        let url = |proxy: &Option<Proxy>| proxy.as_ref().map(|it| it.url.to_string());
        let matcher = Matcher::builder()
            .http(url(&http).unwrap_or_default())
            .https(url(&https).unwrap_or_default())
            .no(format!("{LOOPBACK}, {NOWHERE}, {no}"))
            .build();
        let matcher = (http.is_some() || https.is_some()).then(|| Arc::new(matcher));
        Ok(Self { http, https, no, matcher })
    }

    /// The proxy for an address, with credentials if it has any.
    pub(super) fn of_url(&self, url: &Url) -> Option<Url> {
        self.to(url).map(|proxy| proxy.url.clone())
    }

    /// The proxy for an address, as it is shown.
    pub fn told(&self, url: &Url) -> Option<String> {
        self.to(url).map(Proxy::to_string)
    }

    fn to(&self, url: &Url) -> Option<&Proxy> {
        self.matcher.as_ref()?.intercept(&url.as_str().parse().ok()?)?;
        if url.scheme() == "https" { self.https.as_ref() } else { self.http.as_ref() }
    }

    /// The proxies for a browser: the one for http, the one for https, and the hosts without one,
    /// or `None` if there is no proxy at all.
    pub fn for_browser(&self) -> Option<(Option<String>, Option<String>, Vec<String>)> {
        self.matcher.as_ref()?;
        let address = |proxy: &Option<Proxy>| {
            let url = &proxy.as_ref()?.url;
            let host = url.host_str()?;
            Some(format!("{host}:{}", url.port_or_known_default()?))
        };
        let no = self.no.split(',').chain([NOWHERE]).map(str::trim).filter(|it| !it.is_empty());
        // For a browser, `as.test` is only that host; for NO_PROXY, it includes the hosts below it.
        let both = no.flat_map(|host| match host.strip_prefix('.') {
            Some(bare) => vec![bare.to_owned(), host.to_owned()],
            None if host.contains(['/', ':', '*']) => vec![host.to_owned()],
            None => vec![host.to_owned(), format!(".{host}")],
        });
        Some((address(&self.http), address(&self.https), both.collect()))
    }

    /// The proxy that needs a username and password, which browsers cannot be given.
    pub fn with_password(&self) -> Option<String> {
        let mut both = self.http.iter().chain(&self.https);
        both.find(|proxy| !proxy.url.username().is_empty()).map(Proxy::to_string)
    }
}

impl Proxy {
    fn read(value: &str, variable: String) -> Result<Self, String> {
        // `proxy.example:3128` is accepted everywhere; the url crate would take its host for a
        // scheme.
        let whole =
            if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let right = "write one such as `http://proxy.example:3128`, or unset it";
        let shown = without_credentials(&whole);
        match Url::parse(&whole) {
            Ok(url) if url.scheme() != "http" => Err(format!(
                "{variable}: a proxy over {} cannot be used (`{shown}`); {right}",
                url.scheme()
            )),
            Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => {
                Ok(Self { url, variable })
            }
            Ok(_) => Err(format!("{variable}: `{shown}` has no host; {right}")),
            Err(error) => Err(format!("{variable}: `{shown}` is not a proxy: {error}; {right}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, String> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name);
        Proxies::of(|name| value(name).map(|(_, value)| (*value).to_owned()))
    }

    fn of(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.of_url(&Url::parse(url).unwrap()).map(|url| url.to_string())
    }

    #[test]
    fn hosts_go_through_the_proxy_of_their_scheme() {
        let set = [
            ("https_proxy", "a:secret@one.test:3128"),
            ("ALL_PROXY", "http://two.test"),
            ("NO_PROXY", "inside.test,10.0.0.0/8"),
        ];
        let proxies = proxies(&set).unwrap();
        let through = |url| of(&proxies, url);
        assert_eq!(through("https://as.test/a"), Some("http://a:secret@one.test:3128/".to_owned()));
        assert_eq!(through("http://as.test/a"), Some("http://two.test/".to_owned()));
        for url in [
            "https://inside.test/",
            "https://as.inside.test:8443/",
            "https://10.1.2.3/",
            "http://127.0.0.1:8765/callback",
            "http://[::1]:8765/callback",
            "http://localhost:9400/",
            "https://attacker.example/",
        ] {
            assert_eq!(through(url), None, "{url}");
        }
        let told = proxies.told(&Url::parse("https://as.test/").unwrap()).unwrap();
        assert_eq!(told, "the proxy http://[credentials]@one.test:3128/ (https_proxy)");
        let (http, https, no) = proxies.for_browser().unwrap();
        assert_eq!((http.unwrap(), https.unwrap()), ("two.test:80".into(), "one.test:3128".into()));
        assert_eq!(no, ["inside.test", ".inside.test", "10.0.0.0/8", "example", ".example"]);
    }

    #[test]
    fn without_variables_there_are_none() {
        let none = proxies(&[("NO_PROXY", "*")]).unwrap();
        assert_eq!(of(&none, "https://as.test/"), None);
        assert!(none.for_browser().is_none());
    }
}
