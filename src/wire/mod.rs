//! What was said over HTTP, and what of it may be shown.

mod blocked;
mod exchange;
mod http;
mod pace;
mod race;
mod redact;

pub use blocked::Blocked;
pub use exchange::{Answer, Exchange, Sent, now_ms};
pub use http::{BODY_LIMIT, Http, MAX_WAIT, Manners, TIMEOUT};
pub use pace::{LONGEST_WAIT, Rate};
pub use redact::{Names, printable, shortened, shown_header};
