//! The steps and phases of a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// Its phase of the plan.
    pub phase: Phase,
    /// What to do, with code between backticks.
    pub text: String,
    /// The names of the clients that it is about.
    pub clients: Vec<String>,
    /// The questions that it answers.
    pub questions: Vec<String>,
    /// The threats that it closes.
    pub threats: Vec<String>,
}

/// A phase of the plan, which requires the phases before it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// What the server needs before clients can move.
    Prepare,
    /// What changes in each client and its registration.
    Switch,
    /// What the server can turn off once no client needs it.
    TurnOff,
    /// What else to fix.
    Harden,
    /// What goes beyond what OAuth 2.0 requires.
    Strengthen,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: &'static [Self] =
        &[Self::Prepare, Self::Switch, Self::TurnOff, Self::Harden, Self::Strengthen];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prepare => "Make code with PKCE work for every client",
            Self::Switch => "Switch the clients",
            Self::TurnOff => "Turn off the deprecated grants",
            Self::Harden => "Fix the remaining findings",
            Self::Strengthen => "Go beyond what OAuth 2.0 requires",
        }
    }
}
