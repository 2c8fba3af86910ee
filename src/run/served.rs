//! The document that a case serves to the server under test, and who has fetched it.

use std::sync::Arc;

use super::listeners::Listeners;
use super::mismatch::Mismatch;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::names::{REQUEST, REQUEST_URI};
use crate::oauth::{Request, pkce};
use crate::suite::{Case, Expect, Placeholder, Served};
use crate::target::Target;
use crate::wire::{Blocked, Document, Exchange, Listener, ServerCertificate};

/// The document of one attempt of a case, which has an address of its own.
pub(super) struct ServedDocument<'a> {
    served: &'a Served,
    listener: Arc<Listener>,
    path: String,
    /// Whether it is another document by now.
    is_later: bool,
    /// The certificate of that other document, if it is not the same.
    later_certificate: Option<ServerCertificate>,
    /// How many requests were looked at.
    seen: usize,
    /// How many connections had ended in their handshake before the step.
    broken: usize,
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
        let is_own = served.has_bad_certificate();
        let listener = match is_own {
            true => {
                let certificate = listeners.certificate(served.certificate)?;
                Listeners::with_certificate(&certificate).await?
            }
            false => listeners.for_documents(target).await?,
        };
        let later = served.later.as_ref().map(|later| later.certificate);
        let later = later.filter(|later| *later != served.certificate);
        let later_certificate = later.map(|bad| listeners.certificate(bad)).transpose()?;
        let path = format!("/documents/{}", pkce::random());
        let named = target.listener.as_ref().filter(|_| !is_own);
        let base = named.map(|link| link.text.trim_end_matches('/').to_owned());
        let base = base.unwrap_or_else(|| listener.origin().to_owned());
        values.serve(format!("{base}{path}"));
        let (seen, broken) = (listener.count(), listener.broken().0);
        let is_later = false;
        Ok(Some(Self { served, listener, path, is_later, later_certificate, seen, broken }))
    }

    /// Fills in what is known before a step, and serves it. Nothing is served while a value is
    /// missing.
    pub(super) fn before(&mut self, step: &str, values: &Values) {
        if !self.is_later && self.served.changes_at(step) {
            self.is_later = true;
            self.later_certificate.iter().for_each(|it| self.listener.show(it));
        }
        self.put(content(self.now(), None, values));
        self.broken = self.listener.broken().0;
    }

    /// Serves the request object of a request.
    pub(super) fn serve_object(&self, packed: &Request, values: &Values) {
        if let Some(object) = packed.params().get(REQUEST).filter(|_| self.now().object) {
            self.put(content(self.now(), Some(object), values));
        }
    }

    /// What is served now.
    fn now(&self) -> &'a Served {
        match &self.served.later {
            Some(later) if self.is_later => later,
            _ => self.served,
        }
    }

    fn put(&self, document: Option<Document>) {
        match document {
            Some(mut document) => {
                if self.served.has_bad_certificate() {
                    // Nobody shakes hands again over a connection that is kept.
                    document.headers.push(("connection".to_owned(), "close".to_owned()));
                }
                self.listener.serve(&self.path, document);
            }
            None => self.listener.withdraw(&self.path),
        }
    }

    /// Records who has fetched it during a step.
    pub(super) async fn after(&mut self, performed: &mut Performed) {
        for (number, exchange) in self.listener.requests(self.seen, &self.path) {
            self.seen = number + 1;
            performed.received.push(exchange);
        }
        if self.now().certificate.is_some() {
            performed.refused_certificate = self.listener.is_refused().await;
            if self.listener.is_asked_as_before() {
                performed.outcome = Outcome::Blocked(Blocked::NotListening(
                    "the server asked for the document over a connection that it should have closed, so \
                     it has not seen the certificate that is served now"
                        .to_owned(),
                ));
            }
            return;
        }
        let (broken, why) = self.listener.broken();
        if broken > self.broken && performed.received.is_empty() {
            performed.outcome = Outcome::Blocked(Blocked::NotListening(format!(
                "the server hung up on {} before it asked for the document ({why}): let it trust the \
                 certificate that `authspec keys --certificate-authority FILE` prints for the file in \
                 `listener_ca`",
                self.listener.origin()
            )));
        }
    }
}

impl Drop for ServedDocument<'_> {
    fn drop(&mut self) {
        self.listener.withdraw(&self.path);
    }
}

/// How it differs from what is expected about the document: whether it was fetched, and whether its
/// certificate was refused.
pub(super) fn mismatches(
    expect: &Expect,
    performed: &Performed,
    values: &Values,
) -> impl Iterator<Item = Mismatch> {
    let refused = expect.certificate_refused.and_then(|wanted| {
        let is_refused = performed.refused_certificate;
        let seen = if is_refused { "the server refused it" } else { "nobody refused it" };
        (is_refused != wanted)
            .then(|| Mismatch::new(format!("certificate refused: {wanted}"), seen.to_owned()))
    });
    fetched(expect, performed, values).into_iter().chain(refused)
}

fn fetched(expect: &Expect, performed: &Performed, values: &Values) -> Option<Mismatch> {
    let wanted = expect.fetched?;
    let document = values.get(Placeholder::Document)?;
    let is_it = |exchange: &Exchange| exchange.sent.url.split('?').next() == Some(&document);
    let is_fetched = performed.received.iter().any(is_it);
    let seen = if is_fetched { "the server fetched it" } else { "nobody fetched it" };
    (is_fetched != wanted)
        .then(|| Mismatch::new(format!("document fetched: {wanted}"), seen.to_owned()))
}

/// The request that refers to its object in place of containing it, if the case serves that. One that
/// refers to something already keeps its object.
pub(super) fn referring(case: &Case, packed: &Request, values: &Values) -> Option<Request> {
    case.serve.as_ref().filter(|served| served.has_object())?;
    packed.params().get(REQUEST).filter(|_| packed.params().get(REQUEST_URI).is_none())?;
    let mut referring = packed.clone();
    referring.params_mut().omit(REQUEST);
    referring.params_mut().set(REQUEST_URI, values.get(Placeholder::Document)?);
    Some(referring)
}

fn content(served: &Served, object: Option<&str>, values: &Values) -> Option<Document> {
    let value = |placeholder: Placeholder| values.get(placeholder);
    let body = match (&served.json, &served.body) {
        (Some(json), _) => json.fill(&value)?.to_string(),
        (None, Some(body)) => values.fill(body)?,
        (None, None) if served.object => object?.to_owned(),
        (None, None) => String::new(),
    };
    let status = served.status.map_or(200, |status| status.0);
    let mut document = Document::new(status, served.content_type(), body);
    // The next step may serve another one.
    document.headers.push(("cache-control".to_owned(), "no-cache, max-age=0".to_owned()));
    if let Some(location) = &served.location {
        document.headers.push(("location".to_owned(), values.fill(location)?));
    }
    Some(document)
}
