//! The cookies of a signed-in user.

use cookie_store::{CookieStore, RawCookie};
use url::Url;

/// A cookie, as browsers and HTTP clients hand it to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value, which is a secret.
    pub value: String,
    /// The host it is for; with a dot in front, its subdomains too.
    pub domain: String,
    /// The path it is for.
    pub path: String,
    /// Whether it is for https only.
    pub secure: bool,
}

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
            let host = cookie.domain.trim_start_matches('.');
            let scheme = if cookie.secure { "https" } else { "http" };
            let Ok(url) = Url::parse(&format!("{scheme}://{host}{}", cookie.path)) else { continue };
            let mut raw = RawCookie::new(cookie.name.clone(), cookie.value.clone());
            raw.set_path(cookie.path.clone());
            raw.set_secure(cookie.secure);
            if cookie.domain.starts_with('.') {
                raw.set_domain(host.to_owned());
            }
            // A cookie that the store refuses could not have come from this host.
            let _ = session.store.insert_raw(&raw, &url);
        }
        session
    }

    /// All cookies, for a browser to go on with.
    pub fn cookies(&self) -> Vec<Cookie> {
        let cookies = self.store.iter_unexpired();
        cookies
            .map(|cookie| Cookie {
                name: cookie.name().to_owned(),
                value: cookie.value().to_owned(),
                domain: match &cookie.domain {
                    cookie_store::CookieDomain::Suffix(domain) => format!(".{domain}"),
                    _ => String::from(&cookie.domain),
                },
                path: String::from(&cookie.path),
                secure: cookie.secure().unwrap_or(false),
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
