//! Accepts connections over TLS.

use std::future::pending;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::server::Acceptor;
use rustls::{AlertDescription, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many connections may wait after their handshakes.
const WAITING: usize = 16;

/// A socket whose connections are over TLS. A slow handshake holds up no other.
pub(super) struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::Receiver<TlsStream<TcpStream>>,
    accepting: JoinHandle<()>,
}

/// What happens to a handshake.
pub(super) enum Handshake {
    Begun,
    Done,
    Broken {
        why: String,
        /// Whether the other side has hung up because it does not trust the certificate: it says so
        /// (RFC8446 §6.2), or nothing, as some do when they have seen it.
        is_refusal: bool,
    },
}

impl Handshake {
    /// What broke it after the certificate was sent.
    fn broken_by(error: &io::Error) -> Self {
        let hangs_up = matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        );
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        let says_so = matches!(
            cause,
            Some(rustls::Error::AlertReceived(
                AlertDescription::BadCertificate
                    | AlertDescription::UnsupportedCertificate
                    | AlertDescription::CertificateRevoked
                    | AlertDescription::CertificateExpired
                    | AlertDescription::CertificateUnknown
                    | AlertDescription::UnknownCA
            ))
        );
        Self::Broken { why: error.to_string(), is_refusal: hangs_up || says_so }
    }
}

impl TlsListener {
    /// Accepts connections at this socket, each as is configured when it begins. `note` is told of every
    /// handshake, twice.
    pub(super) fn new(
        socket: TcpListener,
        config: watch::Receiver<Arc<ServerConfig>>,
        note: impl Fn(&Arc<ServerConfig>, Handshake) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let (accept, accepted) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = socket.accept().await else {
                    // No file descriptors left: one is freed when a connection ends.
                    sleep(PATIENCE / 100).await;
                    continue;
                };
                let (config, accept, note) =
                    (config.borrow().clone(), accept.clone(), note.clone());
                note(&config, Handshake::Begun);
                tokio::spawn(async move {
                    match timeout(PATIENCE, shake(stream, Arc::clone(&config))).await {
                        Ok(Ok(stream)) => {
                            note(&config, Handshake::Done);
                            drop(accept.send(stream).await);
                        }
                        Ok(Err(broken)) => note(&config, broken),
                        Err(_) => {
                            let why = format!("no handshake within {} s", PATIENCE.as_secs());
                            note(&config, Handshake::Broken { why, is_refusal: false });
                        }
                    }
                });
            }
        });
        Ok(Self { address, accepted, accepting })
    }
}

/// Shakes hands.
async fn shake(
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> Result<TlsStream<TcpStream>, Handshake> {
    let begun = LazyConfigAcceptor::new(Acceptor::default(), stream)
        .await
        .map_err(|error| Handshake::Broken { why: error.to_string(), is_refusal: false })?;
    begun.into_stream(config).await.map_err(|error| Handshake::broken_by(&error))
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(stream) => (stream, self.address),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
