//! The listeners of a run, for what the server under test fetches from its clients and sends to
//! them. Each is opened when a case first needs it, and stays open.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OnceCell, OwnedMutexGuard};
use url::Url;

use super::known_sessions::KnownSessions;
use crate::oauth::{listening_addresses, loopback_addresses};
use crate::suite::BadCertificate;
use crate::target::Target;
use crate::wire::{Blocked, Listener, OwnAuthority, ServerCertificate};

/// The host of documents unless the target file names another.
const LOCALHOST: &str = "localhost";

/// Why documents are not served over https.
pub(super) const NO_AUTHORITY: &str =
    "the target file has no `listener_ca`, with which authspec serves documents over https";

/// By the port that they listen on; 0 for one that the system chooses.
#[derive(Default)]
pub(super) struct Listeners {
    by_port: Mutex<BTreeMap<u16, Place>>,
    /// By the addresses that serve one object at a time.
    turns: Mutex<BTreeMap<String, Arc<Turn<()>>>>,
    sessions: KnownSessions,
    /// What signs the certificate of the listener for documents.
    authority: Option<Arc<OwnAuthority>>,
}

/// A listener, or why there is none.
type Place = Arc<OnceCell<Result<Arc<Listener>, Blocked>>>;

impl Listeners {
    /// Those whose documents are served over TLS, if there is an authority.
    pub(super) fn with(authority: Option<Arc<OwnAuthority>>) -> Self {
        Self { authority, ..Self::default() }
    }

    /// The sessions that the run has seen.
    pub(super) fn sessions(&self) -> &KnownSessions {
        &self.sessions
    }

    /// The listener for this URI of a client.
    ///
    /// # Errors
    /// If it is no http URI of this machine, or its port cannot be listened on.
    pub(super) async fn at(&self, uri: &str) -> Result<Arc<Listener>, Blocked> {
        let url = Url::parse(uri).ok();
        let addresses = url.as_ref().map(loopback_addresses).unwrap_or_default();
        let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
        if addresses.is_empty() {
            let why =
                format!("authspec can listen on http addresses of this machine only, not at {uri}");
            return Err(Blocked::DoesNotApply(why));
        }
        self.on(port, Listener::listen(&addresses)).await
    }

    /// The listener that serves the documents of cases: at the address that the target file names,
    /// or on a port that the system chooses.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) async fn for_documents(&self, target: &Target) -> Result<Arc<Listener>, Blocked> {
        match (&target.listener, &self.authority) {
            (Some(link), Some(authority)) => {
                let (url, host) = (&link.url, link.url.host_str().unwrap_or_default());
                let host = host.trim_matches(['[', ']']);
                let at = listening_addresses(url);
                let port = url.port_or_known_default().unwrap_or_default();
                self.on(port, over_tls(&at, authority, host)).await
            }
            (Some(link), None) => self.at(&link.text).await,
            (None, Some(authority)) => {
                self.on(0, over_tls(&any_port(), authority, LOCALHOST)).await
            }
            (None, None) => self.on(0, Listener::listen(&any_port()[..1])).await,
        }
    }

    /// A listener for one document, at `localhost`, with this certificate.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) async fn with_certificate(
        certificate: &ServerCertificate,
    ) -> Result<Arc<Listener>, Blocked> {
        let opened = Listener::listen_over_tls(&any_port(), certificate).await;
        opened.map(Arc::new).map_err(|error| Blocked::NotListening(error.to_string()))
    }

    /// A certificate for such a listener: a sound one, or a bad one.
    ///
    /// # Errors
    /// If nobody can sign it.
    pub(super) fn certificate(
        &self,
        bad: Option<BadCertificate>,
    ) -> Result<ServerCertificate, Blocked> {
        let certificate = match (bad, &self.authority) {
            (Some(BadCertificate::Untrusted), _) => {
                OwnAuthority::untrusted().and_then(|untrusted| untrusted.certify(LOCALHOST, bad))
            }
            (_, Some(authority)) => authority.certify(LOCALHOST, bad),
            (_, None) => return Err(Blocked::DoesNotApply(NO_AUTHORITY.to_owned())),
        };
        certificate.map_err(Blocked::NotListening)
    }

    /// Waits until nobody else serves something at this address.
    pub(super) async fn turn(&self, address: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(address.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    async fn on(
        &self,
        port: u16,
        opening: impl Future<Output = io::Result<Listener>>,
    ) -> Result<Arc<Listener>, Blocked> {
        let place = {
            let mut places = self.by_port.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(port).or_default())
        };
        let open = async {
            let listener = opening.await;
            listener.map(Arc::new).map_err(|error| Blocked::NotListening(error.to_string()))
        };
        place.get_or_init(|| open).await.clone()
    }
}

async fn over_tls(
    addresses: &[(SocketAddr, bool)],
    authority: &OwnAuthority,
    host: &str,
) -> io::Result<Listener> {
    let certificate = authority.certify(host, None).map_err(io::Error::other)?;
    Listener::listen_over_tls(addresses, &certificate).await
}

/// What `localhost` may be, with a port that the system chooses, and which of these is needed.
fn any_port() -> [(SocketAddr, bool); 2] {
    let any = |ip: IpAddr| SocketAddr::new(ip, 0);
    [(any(Ipv4Addr::LOCALHOST.into()), true), (any(Ipv6Addr::LOCALHOST.into()), false)]
}
