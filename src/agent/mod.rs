//! The user agent: who visits the authorization endpoint, and where that ends.

mod activity;
#[expect(clippy::module_inception, reason = "the agent is what this module is about")]
mod agent;
mod attempts;
mod browser;
#[cfg(test)]
mod browser_tests;
mod callback;
mod cookie;
mod driver;
mod errand;
mod forgery;
mod frame;
mod hands;
mod journey;
mod memory;
mod network_log;
mod page;
mod planted;
mod progress;
mod route;
mod seat;
mod session;
mod session_file;
mod sight;
mod submission;
mod trip;
mod webdriver;

pub use agent::{Agent, Means};
pub use browser::{Browser, Guide};
pub use callback::{Arrival, Callback};
pub use cookie::Cookie;
pub use driver::{BrowserOptions, Driver, NoBrowser, available, kill_all};
pub use errand::{AgentKind, Errand, Forgery, Landing, Visit};
pub use frame::Framed;
pub use memory::Memory;
pub use page::{Action, CONTROLS, HIDDEN, Page, PageKind};
pub use route::Origins;
pub use seat::Seated;
pub use session::Session;
pub use session_file::SessionFile;
pub use submission::Submission;
