//! HTTP exchanges, and what of them may be shown.

mod blocked;
mod body;
mod exchange;
mod field;
mod http;
mod index;
mod listener;
mod members;
mod network;
mod nonces;
mod pace;
mod port;
mod printable;
mod proxy;
mod race;
mod redact;
mod timing;
mod trust;
mod view;

pub use blocked::{Blocked, is_trouble};
pub use body::Body;
pub use exchange::{Answer, Exchange, Sent, now_ms};
pub use http::{BODY_LIMIT, Http, HttpOptions, MAX_WAIT, NAME_AUTHORITY, TIMEOUT};
pub use listener::{Document, Listener};
pub use members::Node;
pub use network::{Network, ServerHeaders};
pub use nonces::asks_for_nonce;
pub use pace::{LONGEST_WAIT, Rate};
pub use port::{PORT_PATIENCE, bind};
pub use printable::{escaped, printable, quoted, shell_quoted};
pub use proxy::Proxies;
pub use redact::{LongLivedSecrets, Names, shortened, shown_header, without_credentials};
pub use timing::{Entered, Phase, Span, enter_step, timed};
pub use trust::Authorities;
