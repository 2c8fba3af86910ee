//! A step of a plan, and the parts of a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// In which part of the plan it is.
    pub phase: Phase,
    /// What to do, with code between backticks.
    pub text: String,
    /// The clients that it is about, by their names in the target file.
    pub clients: Vec<String>,
    /// The questions whose answers call for it.
    pub questions: Vec<String>,
    /// The threats that it closes.
    pub threats: Vec<String>,
}

/// A part of the plan; each needs those before it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// What the server lacks for a client to move.
    Prepare,
    /// What changes in a client and in its registration.
    Switch,
    /// What can go at the server once no client needs it.
    TurnOff,
    /// What else to fix.
    Harden,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: &'static [Self] = &[Self::Prepare, Self::Switch, Self::TurnOff, Self::Harden];

    /// What stands above its steps.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prepare => "Make code with PKCE work for every client",
            Self::Switch => "Switch the clients",
            Self::TurnOff => "Turn off the deprecated grants",
            Self::Harden => "Fix what else was found",
        }
    }
}
