//! The rate of requests: never more than agreed, and none before the server accepts the next one.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

use super::exchange::Answer;
use super::timing::Phase;

/// How long a server may ask to wait; the case is given up if it asks for more.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The maximum number of requests per second, which may be a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(Duration);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let right = || "write a number above 0, as in 10 or 0.5".to_owned();
        let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0).ok_or_else(right)?;
        Duration::try_from_secs_f64(1.0 / rate).map(Self).map_err(|_| right())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", 1.0 / self.0.as_secs_f64())
    }
}

/// A queue in which requests wait for their turn, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The time between two requests.
    gap: Duration,
    /// When the next one may be sent. Held by the request that waits for it, so that the others
    /// queue behind it.
    next: tokio::sync::Mutex<Option<Instant>>,
    /// Until when the server wants no requests.
    not_before: Mutex<Option<Instant>>,
    waits: AtomicUsize,
    spent: Mutex<Spent>,
}

/// The total time spent waiting for the server; parallel waits count once.
#[derive(Debug, Default)]
struct Spent {
    total: Duration,
    until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        let gap = rate.map(|Rate(gap)| gap).unwrap_or_default();
        Self { gap, ..Self::default() }
    }

    /// Waits until so many requests may be sent at once.
    pub(super) async fn turns(&self, count: usize) {
        let _waiting = Phase::Pause.enter();
        let mut next = self.next.lock().await;
        self.rest().await;
        for _ in 0..count {
            if let Some(next) = *next {
                sleep_until(next).await;
            }
            *next = (!self.gap.is_zero()).then(|| Instant::now() + self.gap);
        }
    }

    /// Waits as long as the server has asked for.
    pub(super) async fn rest(&self) {
        let until = || *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(until) = until().filter(|until| *until > Instant::now()) {
            sleep_until(until).await;
        }
    }

    /// Sends nothing for this time.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |known| known.max(until)));
        drop(not_before);
        self.spend(Instant::now(), until);
    }

    /// Adds a time that was, or will be, spent waiting for the server.
    pub(super) fn spend(&self, from: Instant, until: Instant) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let from = spent.until.map_or(from, |known| known.max(from));
        spent.total += until.saturating_duration_since(from);
        spent.until = Some(from.max(until));
    }

    /// The total time spent waiting for the server.
    pub(super) fn spent(&self) -> Duration {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// Counts a wait that the server asked for.
    pub(super) fn count(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the server asked to wait.
    pub(super) fn waits(&self) -> usize {
        self.waits.load(Ordering::Relaxed)
    }
}

impl Answer {
    /// How long the server asks to wait before it accepts such a request: in seconds, or until a
    /// date (RFC9110 §10.2.3).
    pub fn asks_to_wait(&self) -> Option<Duration> {
        if !matches!(self.status, 429 | 503) {
            return None;
        }
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        // A time in the past needs no wait.
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_as_often_as_was_agreed() {
        let pace = Pace::new(Some("0.5".parse().unwrap()));
        let start = Instant::now();
        pace.turns(1).await;
        assert_eq!(start.elapsed().as_secs(), 0);
        pace.turns(3).await;
        assert_eq!(start.elapsed().as_secs(), 6);
        // Turns do not accumulate.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let start = Instant::now();
        pace.turns(2).await;
        assert_eq!(start.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_first_goes_first() {
        let pace = Pace::new(Some("1".parse().unwrap()));
        let gone = Mutex::new(Vec::new());
        let goes = async |name, count| {
            pace.turns(count).await;
            gone.lock().unwrap().push(name);
        };
        tokio::join!(goes("race", 3), goes("second", 1), goes("third", 1));
        assert_eq!(*gone.lock().unwrap(), ["race", "second", "third"]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_goes_before_the_server_wants_it() {
        let pace = Pace::new(None);
        pace.hold(Duration::from_secs(30));
        pace.hold(Duration::from_secs(5));
        let start = Instant::now();
        pace.turns(1).await;
        pace.turns(1).await;
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_side_by_side_counts_once() {
        let (pace, now) = (Pace::new(None), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        pace.spend(at(0), at(10));
        pace.spend(at(2), at(12));
        pace.spend(at(3), at(5));
        pace.spend(at(20), at(21));
        assert_eq!(pace.spent().as_secs(), 13);
    }

    #[test]
    fn a_rate_is_a_number_above_nothing() {
        for wrong in ["0", "-1", "many", "NaN", "1e-300", ""] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
        assert_eq!("0.25".parse::<Rate>().unwrap().to_string(), "0.25");
    }

    #[test]
    fn answers_ask_in_seconds_or_by_a_date() {
        let answer = |status, value: &str| Answer {
            status,
            headers: vec![("retry-after".to_owned(), value.to_owned())],
            body: crate::wire::Body::default(),
            cut: false,
        };
        let seconds = |status, value| answer(status, value).asks_to_wait().map(|it| it.as_secs());
        assert_eq!(seconds(429, " 12 "), Some(12));
        assert_eq!(seconds(503, "0"), Some(0));
        assert_eq!(seconds(429, "Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(
            (seconds(429, "soon"), seconds(429, "-1"), seconds(200, "1")),
            (None, None, None)
        );
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        assert!(seconds(429, &soon).is_some_and(|wait| (3590..=3600).contains(&wait)));
    }
}
