//! The recording HTTP client: it follows no redirects, and limits what it reads and how long it
//! waits.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};

use super::blocked::Blocked;
use super::connections::Connections;
use super::exchange::{Answer, Exchange, Sent, now_ms};
use super::network::Network;
use super::nonces::Nonces;
use super::pace::{LONGEST_WAIT, Pace, Rate};
use super::timing::Phase;
use super::trust::Trust;

/// How much of a body is read, in bytes.
pub const BODY_LIMIT: usize = 1 << 20;

/// The default time limit for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// The default limit of time spent waiting for the server in a run.
pub const MAX_WAIT: Duration = Duration::from_secs(300);

/// The number of seconds from which on two clocks count as different.
const CLOCKS_APART: i64 = 60;

/// How often a safe request is sent again if the server asks to wait.
const AGAIN: usize = 2;

/// What to do about an unknown certificate authority.
pub const NAME_AUTHORITY: &str = "name the certificate of its authority with --ca FILE, or with \
                                  `ca = \"FILE\"` in the target file";

/// What to do if no server can be trusted.
const NO_AUTHORITIES: &str = "; there are no CA certificates on this machine: install them (on \
                              Debian, the package ca-certificates), or name their file in \
                              SSL_CERT_FILE";

/// How a client behaves towards the server.
#[derive(Clone, Copy, Debug)]
pub struct HttpOptions {
    /// The time limit for an answer.
    pub timeout: Duration,
    /// The maximum rate of requests.
    pub rate: Option<Rate>,
    /// The maximum time in total to wait for it, because it asks to or does not answer in time.
    pub max_wait: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { timeout: TIMEOUT, rate: None, max_wait: MAX_WAIT }
    }
}

/// An HTTP client that records everything it sends and receives.
#[derive(Debug)]
pub struct Http {
    connections: Connections,
    trust: Arc<Trust>,
    network: Network,
    timeout: Duration,
    max_wait: Duration,
    count: AtomicUsize,
    stumbles: AtomicUsize,
    unanswered: AtomicUsize,
    /// By how many seconds the server's clock was ahead of the local one when that first exceeded
    /// possible delays.
    ahead: OnceLock<i64>,
    pub(super) pace: Pace,
    nonces: Nonces,
}

impl Http {
    /// A client without cookies or redirects that connects directly to the server.
    pub fn new() -> Self {
        Self::with(HttpOptions::default())
    }

    /// A client with these options.
    pub fn with(http_options: HttpOptions) -> Self {
        Self::over(http_options, Network::default())
    }

    /// A client with these options over this network.
    pub fn over(http_options: HttpOptions, network: Network) -> Self {
        let HttpOptions { timeout, rate, max_wait } = http_options;
        let trust = Trust::of(&network.authorities);
        let connections = Connections::new(timeout, &trust, &network);
        let [count, stumbles, unanswered] = [0; 3].map(AtomicUsize::new);
        let ahead = OnceLock::new();
        let pace = Pace::new(rate);
        Self {
            connections,
            trust,
            network,
            timeout,
            max_wait,
            count,
            stumbles,
            unanswered,
            ahead,
            pace,
            nonces: Nonces::default(),
        }
    }

    /// The newest nonce that the server at this address wants in proofs (RFC9449 §8).
    pub fn nonce(&self, url: &str) -> Option<String> {
        self.nonces.of(url)
    }

    /// How it reaches servers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The key hashes of all servers that have proved their identity. A browser accepts these, and
    /// no others that it does not know.
    pub fn proven(&self) -> Vec<String> {
        self.trust.proven()
    }

    /// Makes a server prove its identity, by requesting its first page, so that a browser may go
    /// there.
    pub async fn introduce(&self, url: &str) {
        let Ok(url) = url::Url::parse(url) else { return };
        if url.scheme() == "https" && !self.proven().is_empty() {
            let _ = self.send(Sent::get(url.origin().ascii_serialization())).await;
        }
    }

    /// Counts that the server has failed by chance: it did not answer, or answered with an error.
    pub fn stumble(&self) {
        self.stumbles.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the server has failed by chance.
    pub fn stumbles(&self) -> usize {
        self.stumbles.load(Ordering::Relaxed)
    }

    /// How many requests in a row were not answered in time.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// Whether the limit of time to wait for the server is used up.
    pub fn is_out_of_patience(&self) -> bool {
        self.pace.spent() > self.max_wait
    }

    /// The message for that.
    pub fn wait_limit_reached(&self) -> String {
        let most = humantime::format_duration(self.max_wait);
        format!("waited {most} for the server in total, which is the limit (see --max-wait)")
    }

    /// How many requests were sent so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// By how many seconds the server's clock is ahead of the local one, if the difference is a
    /// minute or more; negative if it is behind.
    pub fn ahead(&self) -> Option<i64> {
        self.ahead.get().copied()
    }

    /// How often the server asked to wait (429 or 503 with `Retry-After`).
    pub fn waits(&self) -> usize {
        self.pace.waits()
    }

    /// Waits as long as the server asked for.
    pub async fn wait(&self, wait: Duration) {
        self.pace.count();
        self.pace.hold(wait);
        self.pace.rest().await;
    }

    /// Waits for the turns of so many requests that are sent by other means.
    pub async fn turns(&self, count: usize) {
        for _ in 0..count {
            self.pace.turns(1).await;
        }
    }

    /// Sends a request when it is its turn, and records the answer, along with the reason if there
    /// is none. If the server asks to wait, all requests wait; a safe one (RFC9110 §9.2.1) is then
    /// sent again, which cannot count as a second use of anything.
    pub async fn send(&self, sent: Sent) -> (Exchange, Option<Blocked>) {
        let is_safe = matches!(sent.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let start = Instant::now();
        self.pace.turns(1).await;
        let mut held = start.elapsed();
        let was_wary = self.connections.are_wary(sent.certificate.as_ref());
        let (mut exchange, mut blocked) = self.send_with(sent, None).await;
        if is_safe && !was_wary && matches!(blocked, Some(Blocked::Unreachable(_))) {
            (exchange, blocked) = self.send_with(exchange.sent, None).await;
        }
        for _ in 0..AGAIN {
            let Some(wait) = self.heed(&exchange).filter(|_| is_safe) else { break };
            self.pace.count();
            held += wait;
            self.pace.turns(1).await;
            (exchange, blocked) = self.send_with(exchange.sent, None).await;
        }
        exchange.held = held;
        (exchange, blocked)
    }

    /// Makes all requests wait if the answer asks for it, and returns for how long.
    pub(super) fn heed(&self, exchange: &Exchange) -> Option<Duration> {
        let wait = exchange.answer.as_ref()?.asks_to_wait();
        wait.filter(|wait| *wait <= LONGEST_WAIT).inspect(|wait| self.pace.hold(*wait))
    }

    /// Sends a request, with a body that is sent in its own time in place of its own.
    pub(super) async fn send_with(
        &self,
        mut sent: Sent,
        body: Option<reqwest::Body>,
    ) -> (Exchange, Option<Blocked>) {
        for (name, value) in self.network.headers.of(&sent.url) {
            if !sent.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                sent.headers.push((name.clone(), value.clone()));
            }
        }
        let (start, at_ms) = (Instant::now(), now_ms());
        self.count.fetch_add(1, Ordering::Relaxed);
        let waiting = Phase::Server.enter();
        let answer = self.answer(&sent, body).await;
        drop(waiting);
        let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (answer, blocked) = match answer {
            Ok(answer) => {
                self.unanswered.store(0, Ordering::Relaxed);
                self.look_at_clock(&answer);
                self.nonces.learn(&sent.url, &answer);
                (Some(answer), None)
            }
            Err(error) => {
                if error.is_timeout() {
                    self.unanswered.fetch_add(1, Ordering::Relaxed);
                    let now = tokio::time::Instant::now();
                    self.pace.spend(now.checked_sub(start.elapsed()).unwrap_or(now), now);
                } else if !error.is_connect() {
                    self.connections.stop_pooling(sent.certificate.as_ref());
                }
                (None, Some(self.blocked(&error)))
            }
        };
        (Exchange { sent, answer, at_ms, duration_ms, held: Duration::ZERO }, blocked)
    }

    fn look_at_clock(&self, answer: &Answer) {
        // A gateway may return a cached answer, which has the date of when it was made.
        let is_kept = answer.header("age").is_some();
        let (Some(theirs), false) = (answer.date(), is_kept) else { return };
        let seconds = |it: u64| i64::try_from(it).unwrap_or_default();
        let ahead = seconds(theirs) - seconds(now_ms() / 1000);
        if ahead.abs() >= CLOCKS_APART {
            self.ahead.get_or_init(|| ahead);
        }
    }

    async fn answer(
        &self,
        sent: &Sent,
        body: Option<reqwest::Body>,
    ) -> Result<Answer, reqwest::Error> {
        let method = sent.method.parse().unwrap_or(reqwest::Method::GET);
        let certificate = sent.certificate.as_ref();
        let client = self.connections.client(&sent.url, certificate, body.is_some())?;
        let mut request = client.request(method, &sent.url);
        for (name, value) in &sent.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
            {
                request = request.header(name, value);
            }
        }
        if sent.body.is_empty() && body.is_none() && sent.method == "POST" {
            // Some servers do not recognize an empty body without it (RFC9110 §8.6).
            request = request.header(CONTENT_LENGTH, "0");
        }
        if !sent.body.is_empty() || sent.method != "GET" {
            request = request.body(body.unwrap_or_else(|| sent.body.clone().into()));
        }
        let mut response = request.send().await?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let mut body = Vec::new();
        while body.len() <= BODY_LIMIT {
            let Some(chunk) = response.chunk().await? else { break };
            body.extend_from_slice(&chunk);
        }
        let cut = body.len() > BODY_LIMIT;
        body.truncate(BODY_LIMIT);
        // A byte order mark is not part of the text, and JSON parsers reject it.
        let mut body = String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        body.drain(..body.len() - body.trim_start_matches('\u{feff}').len());
        Ok(Answer { status: response.status().as_u16(), headers, body: body.into(), cut })
    }

    fn blocked(&self, error: &reqwest::Error) -> Blocked {
        if error.is_timeout() {
            return Blocked::TimedOut(self.timeout);
        }
        // The innermost cause says what happened; the outer ones repeat the URL, which may contain
        // a code.
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let proxy = error.url().and_then(|url| self.network.proxies.told(url));
        let why = match proxy {
            Some(proxy) => format!("{cause}, through {proxy}"),
            None => cause.to_string(),
        };
        if !why.contains("certificate") {
            return Blocked::Unreachable(why);
        }
        Blocked::Untrusted(match self.trust.is_empty() {
            true => why + NO_AUTHORITIES,
            false => format!("{why}; {NAME_AUTHORITY}"),
        })
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}
