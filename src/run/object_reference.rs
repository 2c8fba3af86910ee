//! Request objects that are passed by reference (RFC9101 §5.2): authspec serves the object of each
//! visit while it lasts.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;
use url::Url;

use super::listeners::Listeners;
use super::transcript::Performed;
use crate::oauth::names::{REQUEST, REQUEST_URI};
use crate::oauth::{Request, pkce};
use crate::target::{Client, Target};
use crate::wire::{Blocked, Document, Listener};

/// The media type of a request object (RFC9101 §9.4.1).
const MEDIA_TYPE: &str = "application/oauth-authz-req+jwt";

/// A request object that is served until this is dropped.
pub(super) struct ObjectReference {
    /// The request that refers to it.
    pub(super) request: Request,
    listener: Arc<Listener>,
    path: String,
    /// How many requests had arrived before.
    seen: usize,
    /// A registered address has one object at a time.
    _turn: Option<OwnedMutexGuard<()>>,
}

impl ObjectReference {
    /// Serves the object of this request: at the client's registered address, when nobody else uses
    /// that, or at a new one. `None` if the request has no object, or refers to one already.
    ///
    /// # Errors
    /// If it cannot be served there.
    pub(super) async fn of(
        packed: &Request,
        client: &Client,
        (listeners, target): (&Listeners, &Target),
    ) -> Result<Option<Self>, Blocked> {
        let object = packed.params().get(REQUEST).map(str::to_owned);
        let Some(object) = object.filter(|_| packed.params().get(REQUEST_URI).is_none()) else {
            return Ok(None);
        };
        let (listener, address, turn) = match &client.request_uri {
            Some(uri) => {
                let turn = listeners.turn(uri).await;
                (listeners.at(uri).await?, uri.clone(), Some(turn))
            }
            None => {
                let listener = listeners.for_documents(target).await?;
                let base = target.listener.as_ref().map(|link| link.text.trim_end_matches('/'));
                let base = base.unwrap_or(listener.origin());
                let address = format!("{base}/objects/{}", pkce::random());
                (listener, address, None)
            }
        };
        let path = Url::parse(&address).map(|url| url.path().to_owned()).unwrap_or_default();
        let mut document = Document::new(200, MEDIA_TYPE, object);
        // The next visit has another one.
        document.headers.push(("cache-control".to_owned(), "no-store".to_owned()));
        let seen = listener.count();
        listener.serve(&path, document);
        let mut request = packed.clone();
        request.params_mut().omit(REQUEST);
        request.params_mut().set(REQUEST_URI, address);
        Ok(Some(Self { request, listener, path, seen, _turn: turn }))
    }

    /// Records who has fetched it.
    pub(super) fn record(&self, performed: &mut Performed) {
        let fetched = self.listener.requests(self.seen, &self.path).into_iter();
        performed.received.extend(fetched.map(|(_, exchange)| exchange));
    }
}

impl Drop for ObjectReference {
    fn drop(&mut self) {
        self.listener.withdraw(&self.path);
    }
}
