//! Accepts connections over TLS.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
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

impl TlsListener {
    /// Accepts connections at this socket. `broken` is told why a handshake failed.
    pub(super) fn new(
        socket: TcpListener,
        config: Arc<ServerConfig>,
        broken: impl Fn(String) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let acceptor = TlsAcceptor::from(config);
        let (accept, accepted) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = socket.accept().await else {
                    // No file descriptors left: one is freed when a connection ends.
                    sleep(PATIENCE / 100).await;
                    continue;
                };
                let (acceptor, accept, broken) = (acceptor.clone(), accept.clone(), broken.clone());
                tokio::spawn(async move {
                    match timeout(PATIENCE, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => drop(accept.send(stream).await),
                        Ok(Err(error)) => broken(error.to_string()),
                        Err(_) => broken(format!("no handshake within {} s", PATIENCE.as_secs())),
                    }
                });
            }
        });
        Ok(Self { address, accepted, accepting })
    }
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
