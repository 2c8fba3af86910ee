//! The user agent, as named on the command line.

use clap::ValueEnum;

use crate::agent::AgentKind;

/// The user agent that visits the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AgentArg {
    /// A real browser for everything
    Browser,
    /// A real browser for pages that need a user, and an HTTP client with its cookies for the rest
    Hybrid,
    /// An HTTP client that fills in HTML forms, without a browser
    Forms,
}

impl From<AgentArg> for AgentKind {
    fn from(arg: AgentArg) -> Self {
        match arg {
            AgentArg::Browser => Self::Browser,
            AgentArg::Hybrid => Self::Hybrid,
            AgentArg::Forms => Self::Forms,
        }
    }
}
