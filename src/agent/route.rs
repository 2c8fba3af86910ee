//! Where the browser was sent, and whether that ends the visit.

use url::Url;

use super::callback::{Callback, LANDED};
use super::origins::Origins;
use super::visit::{Landing, VisitRequest};
use crate::oauth::AuthorizationResponse;

/// What decides where a visit ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) visit_request: &'a VisitRequest,
    pub(super) callback: &'a Callback,
}

impl Route<'_> {
    /// Where a redirect ends the visit that the browser does not follow as it is.
    pub(super) fn redirected_to(&self, sent: AuthorizationResponse) -> Landing {
        match self.visit_request.is_registered(&sent) {
            true => self.visit_request.landing(sent),
            false => Landing::Elsewhere(sent),
        }
    }

    /// Whether being sent to this address ends the visit. Origins that an unchanged flow passes
    /// through count as the server's from then on.
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
        // Our listener will report it, with more detail.
        if url.as_ref().is_some_and(|url| self.callback.hears(url)) {
            return None;
        }
        if self.visit_request.is_registered(&sent) || self.visit_request.is_answered_by(&sent) {
            return Some(self.visit_request.landing(sent));
        }
        if server.contains(&sent.uri) {
            return None;
        }
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
        if self.visit_request.teaches && url.as_ref().is_some_and(is_web) {
            server.insert(&sent.uri);
            return None;
        }
        let is_led = url.is_some_and(|url| self.visit_request.is_led_to(&sent, &url));
        (!is_led).then_some(Landing::Elsewhere(sent))
    }
}

impl Route<'_> {
    /// Whether the visit ends because a page loaded this, or opened a window for it.
    pub(super) fn loaded(&self, sent: AuthorizationResponse, server: &Origins) -> Option<Landing> {
        // The page of our own listener reports the whole address to it.
        let is_ours = sent.uri.contains(LANDED);
        let is_loaded = !is_ours && self.visit_request.is_loaded(&sent, server);
        is_loaded.then(|| self.visit_request.landing(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Request;
    use crate::oauth::names::{REDIRECT_URI, STATE};
    use crate::oauth::request::Method;

    fn visit_request(redirect_uri: &str, teaches: bool) -> VisitRequest {
        let mut request = Request::new(Method::Get, "https://as.example/authorize");
        request.query.set(STATE, "s1");
        request.query.set(REDIRECT_URI, redirect_uri);
        request.query.set("resource", "https://Attacker.example/");
        let redirect_uris = vec!["https://client.example/cb".to_owned()];
        VisitRequest { redirect_uris, teaches, is_valid: true, ..VisitRequest::plain(request) }
    }

    /// Where being sent to `url` lands: `callback`, `elsewhere`, or nowhere yet.
    async fn lands(visit_request: &VisitRequest, url: &str, server: &mut Origins) -> &'static str {
        let callback = Callback::listen(&[]).await.unwrap();
        let route = Route { visit_request, callback: &callback };
        match route.sent_to(AuthorizationResponse::read(url), server) {
            Some(Landing::Callback(_)) => "callback",
            Some(Landing::Elsewhere(_)) => "elsewhere",
            Some(Landing::ErrorPage { .. } | Landing::PushRefused(_)) => "error page",
            None => "on the way",
        }
    }

    #[tokio::test]
    async fn a_visit_ends_where_the_server_does() {
        let visit_request = visit_request("/relative", false);
        for (url, landing) in [
            ("https://client.example/cb?code=1&state=s1", "callback"),
            ("https://client.example/cb/../x?code=1", "elsewhere"),
            ("https://attacker.example/", "elsewhere"),
            ("http://as.example/", "on the way"),
            ("https://pages.example/error?error=x&state=s1", "on the way"),
            ("https://pages.example/error?code=1", "elsewhere"),
            ("com.example.app:/cb?code=1", "elsewhere"),
            ("https://as.example/login?error=x&state=s2", "on the way"),
            ("https://as.example/login?code=1", "on the way"),
            ("https://as.example/relative?code=1&state=s1", "elsewhere"),
            ("https://as.example/relative?error=x&state=s1", "elsewhere"),
            ("https://as.example/error?error=x&state=s1", "on the way"),
            ("about:blank", "on the way"),
        ] {
            let mut server = Origins::of(["https://as.example"]);
            assert_eq!(lands(&visit_request, url, &mut server).await, landing, "{url}");
        }
    }

    #[tokio::test]
    async fn an_unchanged_flow_teaches_origins() {
        let mut server = Origins::of(["https://as.example"]);
        let (teaching, other) = (visit_request("x", true), visit_request("x", false));
        let login = "https://login.example:8443/a?b";
        assert_eq!(lands(&teaching, login, &mut server).await, "on the way");
        assert_eq!(lands(&other, "https://login.example:8443/c", &mut server).await, "on the way");
        let stolen = "https://attacker.example/?code=1&state=s1";
        assert_eq!(lands(&teaching, stolen, &mut server).await, "elsewhere");
    }

    /// A separate sign-in service sends users back with its own code.
    #[tokio::test]
    async fn origins_that_are_named_are_the_servers() {
        let back = "https://broker.example/back?code=1&state=s2";
        let visit = visit_request("x", false);
        let mut unnamed = Origins::of(["https://as.example"]);
        assert_eq!(lands(&visit, back, &mut unnamed).await, "elsewhere");
        let mut named = unnamed.and(&["https://broker.example".to_owned()]);
        assert_eq!(lands(&visit, back, &mut named).await, "on the way");
    }
}
