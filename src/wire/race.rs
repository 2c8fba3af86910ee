//! Sends requests at once: each is written except for its last byte, and when all are
//! ready the last bytes follow together.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use url::Url;

use super::blocked::Blocked;
use super::exchange::{Exchange, Sent, now_ms};
use super::http::Http;
use super::timing::Phase;

/// How long one request waits for the others before it continues without them.
const PATIENCE: Duration = Duration::from_secs(3);

impl Http {
    /// Sends the requests, which have bodies, at once, each on its own connection, and records all
    /// answers, in no particular order.
    pub async fn race(self: &Arc<Self>, all: Vec<Sent>) -> Vec<(Exchange, Option<Blocked>)> {
        let Some(first) = all.first() else { return Vec::new() };
        if let Some(why) = self.holds_nothing_back(&first.url) {
            let at_ms = now_ms();
            let exchange = Exchange {
                sent: first.clone(),
                answer: None,
                at_ms,
                duration_ms: 0,
                held: Duration::ZERO,
            };
            return vec![(exchange, Some(Blocked::Unseen(why)))];
        }
        // Their turns are awaited together, or they would not be sent at once.
        let (turn, count) = (Instant::now(), all.len());
        self.pace.turns(count).await;
        let held = turn.elapsed();
        let start = Arc::new(Barrier::new(count));
        let mut runners = JoinSet::new();
        for sent in all {
            let (http, start) = (Arc::clone(self), Arc::clone(&start));
            runners.spawn(async move {
                let body = Held::new(&sent.body, start);
                http.send_with(sent, Some(reqwest::Body::wrap(body))).await
            });
        }
        let waiting = Phase::Server.enter();
        let mut ran = runners.join_all().await;
        drop(waiting);
        for (exchange, _) in &ran {
            self.heed(exchange);
        }
        // They waited together, which is reported once.
        if let Some((first, _)) = ran.first_mut() {
            first.held = held;
        }
        ran
    }
}

impl Http {
    /// Why requests to this address cannot be released together: a proxy that reads them may
    /// forward each only when it is complete. It does not read tunnelled requests.
    fn holds_nothing_back(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
        let proxy = self.network().proxies.told(&url)?;
        Some(format!(
            "requests over plain http pass through {proxy}, which may not forward them together; \
             name the server in NO_PROXY, or serve it over https"
        ))
    }
}

/// A body whose last byte is held back until all the others are ready.
struct Held {
    head: Bytes,
    last: Bytes,
    start: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
}

impl Held {
    fn new(body: &str, start: Arc<Barrier>) -> Self {
        let mut head = Bytes::from(body.to_owned());
        let last = head.split_off(head.len().saturating_sub(1));
        let start = Box::pin(async move {
            // After waiting in vain it continues: any answer says more than none.
            let _ = tokio::time::timeout(PATIENCE, start.wait()).await;
        });
        Self { head, last, start }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.head.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.head)))));
        }
        if self.last.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.start.as_mut().poll(context));
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.last)))))
    }

    fn is_end_stream(&self) -> bool {
        self.head.is_empty() && self.last.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.head.len() + self.last.len()) as u64)
    }
}
