//! The connections to servers, separately for each certificate that clients present: a connection
//! keeps the one that it was begun with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;

use super::network::Network;
use super::trust::Trust;
use crate::oauth::Certificate;

/// How much of a body a server may send over HTTP/2 before some of it was read.
const WINDOW: u32 = 1 << 18;

/// The maximum size of an answer's header fields over HTTP/2, in bytes; HTTP/1.1 has its own limit.
const MOST_HEADERS: u32 = 1 << 18;

/// How long an unused connection is kept. If the server has just closed it, a request on it fails and
/// cannot be repeated, as its code may have been used; so this is less than servers keep them.
const KEPT: Duration = Duration::from_secs(1);

/// HTTP/2 if the server supports it, else HTTP/1.1.
const BOTH: &[&str] = &["h2", "http/1.1"];

/// Only HTTP/1.1.
const HTTP1: &[&str] = &["http/1.1"];

/// All connections.
#[derive(Debug)]
pub(super) struct Connections {
    without: Arc<Pool>,
    by_certificate: Mutex<BTreeMap<Certificate, Arc<Pool>>>,
    trust: Arc<Trust>,
    network: Network,
    timeout: Duration,
}

/// The connections of requests that present one certificate, or none.
#[derive(Debug)]
pub(super) struct Pool {
    usual: reqwest::Client,
    /// The client that keeps no connections, used after the server has closed one without notice.
    unpooled: OnceLock<reqwest::Client>,
    /// The client for requests that race, each of which needs its own connection: HTTP/2 would send
    /// them one after the other over the same one.
    racing: OnceLock<reqwest::Client>,
}

impl Connections {
    pub(super) fn new(timeout: Duration, trust: &Arc<Trust>, network: &Network) -> Self {
        let client = builder(timeout, trust, network, BOTH, None);
        let client = client.pool_idle_timeout(KEPT).build();
        let usual = client.expect("the TLS library is built in");
        Self {
            without: Arc::new(Pool::new(usual)),
            by_certificate: Mutex::default(),
            trust: Arc::clone(trust),
            network: network.clone(),
            timeout,
        }
    }

    /// Those of requests that present this certificate, or none.
    ///
    /// # Errors
    /// Why it cannot be presented.
    fn pool(&self, certificate: Option<&Certificate>) -> Result<Arc<Pool>, reqwest::Error> {
        let Some(certificate) = certificate else { return Ok(Arc::clone(&self.without)) };
        let mut known = self.by_certificate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = known.get(certificate) {
            return Ok(Arc::clone(pool));
        }
        let client = self.builder(BOTH, Some(certificate)).pool_idle_timeout(KEPT).build()?;
        let pool = Arc::new(Pool::new(client));
        known.insert(certificate.clone(), Arc::clone(&pool));
        Ok(pool)
    }

    fn builder(
        &self,
        protocols: &[&str],
        certificate: Option<&Certificate>,
    ) -> reqwest::ClientBuilder {
        builder(self.timeout, &self.trust, &self.network, protocols, certificate)
    }

    fn without_pool(
        &self,
        protocols: &[&str],
        certificate: Option<&Certificate>,
    ) -> reqwest::Client {
        let client = self.builder(protocols, certificate).pool_max_idle_per_host(0);
        client.build().unwrap_or_else(|_| self.without.usual.clone())
    }

    /// The client for a request to this address, whose body is sent in its own time if it races.
    pub(super) fn client(
        &self,
        url: &str,
        certificate: Option<&Certificate>,
        races: bool,
    ) -> Result<reqwest::Client, reqwest::Error> {
        let pool = self.pool(certificate)?;
        // Without TLS there is only HTTP/1.1.
        Ok(match races && url.starts_with("https:") {
            true => pool.racing.get_or_init(|| self.without_pool(HTTP1, certificate)).clone(),
            false => pool.unpooled.get().unwrap_or(&pool.usual).clone(),
        })
    }

    /// Keeps none with this certificate from now on, as one was closed without notice. Later failures have
    /// another cause.
    pub(super) fn stop_pooling(&self, certificate: Option<&Certificate>) {
        if let Ok(pool) = self.pool(certificate) {
            pool.unpooled.get_or_init(|| self.without_pool(BOTH, certificate));
        }
    }

    /// Whether none are kept.
    pub(super) fn are_wary(&self, certificate: Option<&Certificate>) -> bool {
        self.pool(certificate).is_ok_and(|pool| pool.unpooled.get().is_some())
    }
}

impl Pool {
    fn new(usual: reqwest::Client) -> Self {
        Self { usual, unpooled: OnceLock::new(), racing: OnceLock::new() }
    }
}

fn builder(
    timeout: Duration,
    trust: &Arc<Trust>,
    network: &Network,
    protocols: &[&str],
    certificate: Option<&Certificate>,
) -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder();
    let client = if protocols == HTTP1 { client.http1_only() } else { client };
    let client = match trust.config(protocols, certificate) {
        Ok(config) => client.tls_backend_preconfigured(config),
        // Plain HTTP needs no certificate.
        Err(_) => client.tls_certs_only([]),
    };
    client
        .redirect(Policy::none())
        .no_proxy()
        .proxy(reqwest::Proxy::custom({
            let proxies = network.proxies.clone();
            move |url| proxies.of_url(url)
        }))
        .http2_max_header_list_size(MOST_HEADERS)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(4 * WINDOW)
        .timeout(timeout)
        .connect_timeout(timeout / 2)
        .user_agent(concat!("authspec/", env!("CARGO_PKG_VERSION")))
}
