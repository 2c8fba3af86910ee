//! The user agent: who visits the authorization endpoint, and where that ends.

mod action;
mod activity;
#[expect(clippy::module_inception, reason = "the agent is what this module is about")]
mod agent;
mod agent_state;
mod attempts;
mod authenticator;
mod browser;
mod browser_slot;
#[cfg(test)]
mod browser_tests;
mod browser_visit;
mod button_words;
mod callback;
mod consent_form;
mod controls;
mod cookie;
mod driver;
mod forgery;
mod frame;
mod http_visit;
mod login_form;
mod network_log;
mod page;
mod page_actions;
mod page_snapshot;
mod progress;
mod request_headers;
mod route;
mod second_factor;
mod session;
mod session_file;
mod session_fixation;
mod submission;
mod visit;
mod webdriver;

pub use action::{Action, PageKind};
pub use agent::{Agent, AgentResources};
pub use agent_state::AgentState;
pub use browser::{Browser, VisitContext};
pub use browser_slot::SlotGuard;
pub use callback::{Arrival, Callback};
pub use controls::{CONTROLS, HIDDEN};
pub use cookie::Cookie;
pub use driver::{BrowserOptions, Driver, NoBrowser, available, kill_all};
pub use frame::Framed;
pub use page::Page;
pub use route::Origins;
pub use session::Session;
pub use session_file::SessionFile;
pub use submission::Submission;
pub use visit::{AgentKind, Forgery, Landing, Visit, VisitRequest};
