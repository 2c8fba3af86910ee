//! The cookies of a signed-in user.

use cookie_store::{CookieDomain, CookieStore, RawCookie};
use url::Url;

use super::cookie::Cookie;

/// A user's cookies; each visit works on its own copy.
#[derive(Clone, Debug, Default)]
pub struct Session {
    store: CookieStore,
}

impl Session {
    /// The session that a browser was left with.
    pub fn from_cookies(cookies: &[Cookie]) -> Self {
        let mut session = Self::default();
        for cookie in cookies {
            let Cookie { name, value, domain, path, .. } = cookie;
            let scheme = if cookie.secure { "https" } else { "http" };
            let Ok(url) = Url::parse(&format!("{scheme}://{domain}{path}")) else { continue };
            let mut raw = RawCookie::new(name.clone(), value.clone());
            raw.set_path(path.clone());
            raw.set_secure(cookie.secure);
            if !cookie.host_only {
                raw.set_domain(domain.clone());
            }
            // A cookie that the store refuses could not have come from this host.
            let _ = session.store.insert_raw(&raw, &url);
        }
        session
    }

    /// All cookies, for a browser to go on with.
    pub fn cookies(&self) -> Vec<Cookie> {
        let host_only = |domain: &CookieDomain| !matches!(domain, CookieDomain::Suffix(_));
        let cookies = self.store.iter_unexpired();
        cookies
            .map(|cookie| Cookie {
                name: cookie.name().to_owned(),
                value: cookie.value().to_owned(),
                host_only: host_only(&cookie.domain),
                domain: String::from(&cookie.domain),
                path: String::from(&cookie.path),
                secure: cookie.secure().unwrap_or(false),
                http_only: cookie.http_only().unwrap_or(false),
                expires: None,
                same_site: None,
            })
            .collect()
    }

    /// The `Cookie` header for a request to `url`.
    pub fn header(&self, url: &Url) -> Option<String> {
        let pairs: Vec<_> = self
            .store
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes over a `Set-Cookie` header of an answer from `url`.
    pub fn set(&mut self, header: &str, url: &Url) {
        // A malformed cookie is dropped, as browsers do.
        let _ = self.store.parse(header, url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_and_forth() {
        let url = Url::parse("http://127.0.0.1:9000/login").unwrap();
        let mut session = Session::default();
        session.set("sid=1; Path=/; HttpOnly", &url);
        session.set("deep=2; Path=/interaction", &url);
        let copy = Session::from_cookies(&session.cookies());
        let deep = Url::parse("http://127.0.0.1:9000/interaction/x").unwrap();
        assert_eq!(copy.header(&url).unwrap(), "sid=1");
        assert_eq!(copy.header(&deep).unwrap().len(), "sid=1; deep=2".len());
        let elsewhere = Url::parse("http://attacker.example/").unwrap();
        assert_eq!(copy.header(&elsewhere), None);
    }
}
