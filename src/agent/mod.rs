//! The user agent: visits the authorization endpoint, and reports where that ends.

mod account_form;
mod action;
mod activity;
#[expect(clippy::module_inception, reason = "the agent is what this module is about")]
mod agent;
mod agent_state;
mod attempts;
#[cfg(feature = "browser")]
mod authenticator;
#[cfg(feature = "browser")]
mod browser;
mod browser_options;
mod browser_slot;
#[cfg(feature = "browser")]
#[cfg(test)]
mod browser_tests;
#[cfg(feature = "browser")]
mod browser_visit;
mod button_words;
mod callback;
#[cfg(feature = "browser")]
mod capabilities;
mod consent_form;
mod continuation;
mod controls;
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "for the browser alone"))]
mod cookie;
#[cfg(feature = "browser")]
mod devtools;
#[cfg(feature = "browser")]
mod driver;
#[cfg(feature = "browser")]
mod failed;
mod final_pages;
mod forgery;
#[cfg(feature = "browser")]
mod frame;
mod framed;
mod http_reach;
mod http_visit;
mod login_form;
#[cfg(feature = "browser")]
mod network_log;
mod origins;
mod own_session_visit;
mod page;
#[cfg(feature = "browser")]
mod page_actions;
#[cfg(feature = "browser")]
mod page_snapshot;
#[cfg(feature = "browser")]
mod pictures;
#[cfg(feature = "browser")]
mod progress;
mod push;
#[cfg(feature = "browser")]
mod request_headers;
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "for the browser alone"))]
mod route;
mod second_factor;
mod session;
mod session_file;
mod session_fixation;
#[cfg(feature = "browser")]
mod session_frame;
mod session_question;
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "for the browser alone"))]
mod settled_pages;
#[cfg(feature = "browser")]
mod shows;
mod sign_out_form;
mod slot_guard;
mod slot_visit;
mod submission;
mod visit;
mod visit_context;
#[cfg(feature = "browser")]
mod webdriver;
#[cfg(not(feature = "browser"))]
mod without_browser;
#[cfg(not(feature = "browser"))]
use without_browser as browser;

pub use action::{Action, PageKind};
pub use agent::{Agent, AgentResources};
pub use agent_state::AgentState;
pub use browser::Browser;
#[cfg(not(feature = "browser"))]
pub use browser::{available, kill_all};
pub use browser_options::{BrowserOptions, NoBrowser};
pub use callback::{Arrival, Callback};
pub use controls::{CONTROLS, HIDDEN};
pub use cookie::Cookie;
#[cfg(feature = "browser")]
pub use driver::{Driver, available, kill_all};
pub use framed::Framed;
pub use origins::Origins;
pub use page::Page;
pub use push::{Push, Pushed};
pub use session::Session;
pub use session_file::SessionFile;
pub use session_question::{SESSION_PAGE, SessionQuestion};
pub use settled_pages::SettledPages;
pub use slot_guard::SlotGuard;
pub use submission::Submission;
pub use visit::{AgentKind, Forgery, Landing, Visit, VisitRequest};
pub use visit_context::VisitContext;
