//! The document that a case serves to the server under test, and who has fetched it.

use std::sync::Arc;

use super::listeners::Listeners;
use super::mismatch::Mismatch;
use super::transcript::Performed;
use super::values::Values;
use crate::oauth::pkce;
use crate::suite::{Case, Expect, Placeholder, Served};
use crate::target::Target;
use crate::wire::{Blocked, Document, Exchange, Listener};

/// The document of one attempt of a case, which has an address of its own.
pub(super) struct ServedDocument<'a> {
    served: &'a Served,
    listener: Arc<Listener>,
    path: String,
    /// How many requests were looked at.
    seen: usize,
}

impl<'a> ServedDocument<'a> {
    /// The document of the case, if it has one. Its address becomes `{document}`.
    ///
    /// # Errors
    /// If there is no listener to serve it.
    pub(super) async fn of(
        case: &'a Case,
        values: &mut Values,
        listeners: &Listeners,
        target: &Target,
    ) -> Result<Option<Self>, Blocked> {
        let Some(served) = &case.serve else { return Ok(None) };
        let listener = listeners.for_documents(target).await?;
        let path = format!("/documents/{}", pkce::random());
        let base = target.listener.as_ref().map(|link| link.text.trim_end_matches('/').to_owned());
        let base = base.unwrap_or_else(|| listener.origin().to_owned());
        values.serve(format!("{base}{path}"));
        let seen = listener.count();
        Ok(Some(Self { served, listener, path, seen }))
    }

    /// Fills in what is known before a step, and serves it. Nothing is served while a value is
    /// missing.
    pub(super) fn before(&self, values: &Values) {
        match content(self.served, values) {
            Some(document) => self.listener.serve(&self.path, document),
            None => self.listener.withdraw(&self.path),
        }
    }

    /// Records who has fetched it during a step.
    pub(super) fn after(&mut self, performed: &mut Performed) {
        for (number, exchange) in self.listener.requests(self.seen, &self.path) {
            self.seen = number + 1;
            performed.received.push(exchange);
        }
    }
}

impl Drop for ServedDocument<'_> {
    fn drop(&mut self) {
        self.listener.withdraw(&self.path);
    }
}

/// How it differs from what is expected whether the document was fetched.
pub(super) fn mismatch(
    expect: &Expect,
    performed: &Performed,
    values: &Values,
) -> Option<Mismatch> {
    let wanted = expect.fetched?;
    let document = values.get(Placeholder::Document)?;
    let is_it = |exchange: &Exchange| exchange.sent.url.split('?').next() == Some(&document);
    let is_fetched = performed.received.iter().any(is_it);
    let seen = if is_fetched { "the server fetched it" } else { "nobody fetched it" };
    (is_fetched != wanted)
        .then(|| Mismatch::new(format!("document fetched: {wanted}"), seen.to_owned()))
}

fn content(served: &Served, values: &Values) -> Option<Document> {
    let value = |placeholder: Placeholder| values.get(placeholder);
    let body = match (&served.json, &served.body) {
        (Some(json), _) => json.fill(&value)?.to_string(),
        (None, Some(body)) => values.fill(body)?,
        (None, None) => String::new(),
    };
    let status = served.status.map_or(200, |status| status.0);
    let mut document = Document::new(status, served.content_type(), body);
    if let Some(location) = &served.location {
        document.headers.push(("location".to_owned(), values.fill(location)?));
    }
    Some(document)
}
