//! Who visits, as it is said on the command line.

use clap::ValueEnum;

use crate::agent::AgentKind;

/// Who visits the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AgentArg {
    /// A real browser, all the way
    Browser,
    /// A real browser for what wants a person, and an HTTP client with its cookies for the rest
    Hybrid,
    /// An HTTP client that fills in forms
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
