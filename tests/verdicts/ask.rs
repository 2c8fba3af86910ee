//! What the tests' own server was asked.

use std::collections::BTreeSet;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, header};
use url::form_urlencoded;

/// A request, taken apart.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) host: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) cookie: Option<String>,
}

impl Ask {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name)?.to_str().ok().map(str::to_owned);
        let (authorization, cookie) = (header(header::AUTHORIZATION), header(header::COOKIE));
        let host = header(header::HOST).unwrap_or_default();
        let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
        let (method, path) = (parts.method, parts.uri.path().to_owned());
        Self { method, path, host, query, form: pairs(&body), authorization, cookie }
    }

    /// The parameters of the method, those without a value left out.
    pub(crate) fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        let params = if self.method == Method::GET { &self.query } else { &self.form };
        let params = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        params.filter(|(_, value)| !value.is_empty())
    }

    /// The first parameter of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.params().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    pub(super) fn repeats(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.params().map(|(name, _)| name).find(|name| !seen.insert(*name))
    }
}

pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}
