//! Where the browser was sent, and whether that ends the visit.

use std::collections::BTreeSet;

use url::Url;

use super::callback::{Arrival, Callback};
use super::errand::{Errand, Landing};
use crate::oauth::AuthorizationResponse;
use crate::oauth::names::{ACCESS_TOKEN, CODE, ID_TOKEN, REDIRECT_URI, STATE};
use crate::oauth::response::ResponseMode;

/// Origins that belong to the server: scheme, host and port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeSet<String>);

impl Origins {
    /// The origins of these URLs.
    pub fn of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let mut origins = Self::default();
        urls.into_iter().for_each(|url| origins.insert(url));
        origins
    }

    /// Adds the origin of a URL, where it has one.
    pub fn insert(&mut self, url: &str) {
        self.0.extend(origin(url));
    }

    /// Whether the URL is at one of them.
    pub fn contains(&self, url: &str) -> bool {
        origin(url).is_some_and(|origin| self.0.contains(&origin))
    }
}

fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// What decides where an errand ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) errand: &'a Errand,
    pub(super) callback: &'a Callback,
}

impl Route<'_> {
    /// Where an arrival at our own listener ends the visit.
    pub(super) fn arrived(&self, arrival: Arrival) -> Landing {
        self.landed(arrival.response)
    }

    /// Whether being sent to this address ends the visit. Origins that an unchanged flow passes
    /// through are the server's from then on.
    pub(super) fn sent_to(
        &self,
        sent: AuthorizationResponse,
        server: &mut Origins,
    ) -> Option<Landing> {
        let url = Url::parse(&sent.uri).ok();
        let inner = ["about", "blob", "chrome", "chrome-error", "data", "javascript"];
        if url.as_ref().is_some_and(|url| inner.contains(&url.scheme())) {
            return None;
        }
        // Our listener will tell, and knows more.
        if url.as_ref().is_some_and(|url| self.callback.hears(url)) {
            return None;
        }
        if self.is_registered(&sent) || self.is_our_answer(&sent) {
            return Some(self.landed(sent));
        }
        if server.contains(&sent.uri) {
            return None;
        }
        let is_web = url.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
        if self.errand.teaches && is_web {
            server.insert(&sent.uri);
            return None;
        }
        Some(Landing::Elsewhere(sent))
    }

    fn landed(&self, response: AuthorizationResponse) -> Landing {
        if self.is_registered(&response) {
            Landing::Callback(response)
        } else {
            Landing::Elsewhere(response)
        }
    }

    fn is_registered(&self, response: &AuthorizationResponse) -> bool {
        self.errand.redirect_uris.iter().any(|uri| response.went_to(uri))
    }

    /// Whether this answers our request, wherever it went: it carries our state, and credentials;
    /// or an error, when it went where the request asked. (The server may as well send an error to
    /// a page of its own.)
    fn is_our_answer(&self, response: &AuthorizationResponse) -> bool {
        let request = &self.errand.request;
        let state = request.params().get(STATE);
        // A form on the way may hold the whole request, and a one-time code of the user's.
        let is_form = response.mode == ResponseMode::FormPost;
        if is_form || state.is_none() || response.params.get(STATE) != state {
            return false;
        }
        let has_credentials =
            [CODE, ACCESS_TOKEN, ID_TOKEN].iter().any(|name| response.params.get(name).is_some());
        let asked = || {
            let endpoint = Url::parse(&request.endpoint).ok()?;
            let asked = endpoint.join(request.params().get(REDIRECT_URI)?).ok()?;
            Some(response.went_to(asked.as_str()))
        };
        has_credentials || (response.is_answer() && asked().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Request;
    use crate::oauth::request::Method;
    use crate::target::User;

    fn errand(redirect_uri: &str, teaches: bool) -> Errand {
        let mut request = Request::new(Method::Get, "https://as.example/authorize");
        request.query.set(STATE, "s1");
        request.query.set(REDIRECT_URI, redirect_uri);
        let user = User { name: "alice".to_owned(), password: "secret".to_owned() };
        let redirect_uris = vec!["https://client.example/cb".to_owned()];
        Errand { request, user, redirect_uris, teaches }
    }

    /// Where being sent to `url` lands: `callback`, `elsewhere`, or nowhere yet.
    async fn lands(errand: &Errand, url: &str, server: &mut Origins) -> &'static str {
        let callback = Callback::listen(&[]).await.unwrap();
        let route = Route { errand, callback: &callback };
        match route.sent_to(AuthorizationResponse::read(url), server) {
            Some(Landing::Callback(_)) => "callback",
            Some(Landing::Elsewhere(_)) => "elsewhere",
            Some(Landing::ErrorPage { .. }) => "error page",
            None => "on the way",
        }
    }

    #[tokio::test]
    async fn a_visit_ends_where_the_server_does() {
        let errand = errand("/relative", false);
        for (url, landing) in [
            ("https://client.example/cb?code=1&state=s1", "callback"),
            ("https://client.example/cb/../x?code=1", "elsewhere"),
            ("https://attacker.example/", "elsewhere"),
            ("http://as.example/", "elsewhere"),
            ("com.example.app:/cb?code=1", "elsewhere"),
            ("https://as.example/login?error=x&state=s2", "on the way"),
            ("https://as.example/login?code=1", "on the way"),
            ("https://as.example/relative?code=1&state=s1", "elsewhere"),
            ("https://as.example/relative?error=x&state=s1", "elsewhere"),
            ("https://as.example/error?error=x&state=s1", "on the way"),
            ("about:blank", "on the way"),
        ] {
            let mut server = Origins::of(["https://as.example"]);
            assert_eq!(lands(&errand, url, &mut server).await, landing, "{url}");
        }
    }

    #[tokio::test]
    async fn an_unchanged_flow_teaches_origins() {
        let mut server = Origins::of(["https://as.example"]);
        let (teaching, other) = (errand("x", true), errand("x", false));
        let login = "https://login.example:8443/a?b";
        assert_eq!(lands(&teaching, login, &mut server).await, "on the way");
        assert_eq!(lands(&other, "https://login.example:8443/c", &mut server).await, "on the way");
        let stolen = "https://attacker.example/?code=1&state=s1";
        assert_eq!(lands(&teaching, stolen, &mut server).await, "elsewhere");
    }
}
