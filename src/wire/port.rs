//! Listening on a port that may still be in use.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::sleep;

/// How long to wait for a port that is in use.
pub const PORT_PATIENCE: Duration = Duration::from_secs(10);

/// Listens on the address. One that is needed is waited for, up to `backoff`, while its port is in
/// use. `what` says what for, as in `redirects`.
///
/// # Errors
/// When the port is unavailable, or is still in use after that time.
pub(crate) async fn bind(
    what: &str,
    address: SocketAddr,
    is_needed: bool,
    backoff: Duration,
) -> io::Result<TcpListener> {
    let start = Instant::now();
    loop {
        match TcpListener::bind(address).await {
            Err(error)
                if is_needed
                    && error.kind() == io::ErrorKind::AddrInUse
                    && start.elapsed() < backoff =>
            {
                // There is no notification of a port becoming free.
                sleep(PORT_PATIENCE / 100).await;
            }
            Err(error) => {
                let is_taken = error.kind() == io::ErrorKind::AddrInUse;
                let who = if is_taken { "; another run or program is using the port" } else { "" };
                let what = format!("cannot listen for {what} on {address}: {error}{who}");
                return Err(io::Error::new(error.kind(), what));
            }
            listening => return listening,
        }
    }
}
