//! The user agent: who visits the authorization endpoint, and where that ends.

#[expect(clippy::module_inception, reason = "the agent is what this module is about")]
mod agent;
mod errand;
mod journey;
mod origins;
mod page;
mod session;

pub use agent::Agent;
pub use errand::{AgentKind, Errand, Landing, Visit};
pub use origins::Origins;
pub use page::{Action, CONTROLS, HIDDEN, Page, PageKind, Submission};
pub use session::{Cookie, Session};
