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

    /// All cookies, for use in a browser.
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

    /// The `Cookie` header for a request to `url` that a page of another site makes the browser
    /// send at the top level and not in a frame: a GET request has no `Strict` cookies, any other
    /// only those with `SameSite=None`. (Browsers do not agree on cookies without `SameSite`: they
    /// are sent.)
    pub fn header_from_elsewhere(&self, url: &Url, is_get: bool) -> Option<String> {
        let stays = |cookie: &cookie_store::Cookie<'_>| {
            cookie.same_site().is_some_and(|it| it.is_strict() || it.is_lax() && !is_get)
        };
        let cookies = self.store.matches(url).into_iter().filter(|it| !stays(it));
        let pairs: Vec<_> = cookies.map(|it| format!("{}={}", it.name(), it.value())).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Stores a `Set-Cookie` header of an answer from `url`.
    pub fn set(&mut self, header: &str, url: &Url) {
        // A malformed cookie is dropped, as browsers do.
        let _ = self.store.parse(header, url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_has_no_strict_cookies_sent() {
        let url = Url::parse("http://127.0.0.1:9000/consent").unwrap();
        let mut session = Session::default();
        session.set("strict=1; Path=/; SameSite=Strict", &url);
        session.set("lax=2; Path=/; SameSite=Lax", &url);
        assert_eq!(session.header_from_elsewhere(&url, false), None);
        assert_eq!(session.header_from_elsewhere(&url, true).unwrap(), "lax=2");
        session.set("sid=3; Path=/", &url);
        assert_eq!(session.header_from_elsewhere(&url, false).unwrap(), "sid=3");
    }

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
