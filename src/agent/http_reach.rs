//! Whether visits need a browser, as far as valid ones have shown.

use std::sync::atomic::{AtomicBool, Ordering};

/// What valid visits over HTTP came to. A visit that can be made only once takes the browser until they
/// have shown that it is not needed.
#[derive(Default)]
pub(super) struct HttpReach {
    reached: AtomicBool,
    fell_short: AtomicBool,
}

impl HttpReach {
    /// Notes that a visit reached the client.
    pub(super) fn note_reached(&self) {
        self.reached.store(true, Ordering::Relaxed);
    }

    /// Notes that a visit met a page that takes a browser.
    pub(super) fn note_short(&self) {
        self.fell_short.store(true, Ordering::Relaxed);
    }

    /// Whether the client was reached, and no page took a browser.
    pub(super) fn is_enough(&self) -> bool {
        self.reached.load(Ordering::Relaxed) && !self.fell_short.load(Ordering::Relaxed)
    }
}
