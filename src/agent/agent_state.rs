//! What an agent has learnt, as data for another process.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cookie::Cookie;
use super::origins::Origins;

/// What an agent has learnt from unchanged flows, and the sessions of its users.
///
/// A session alone is not enough: a signed-in user sees no login page, and a page that the valid
/// flow never showed is not recognized as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentState {
    /// The server's own origins.
    pub origins: Origins,
    /// Signatures of login and consent pages.
    pub pages: BTreeSet<String>,
    /// Whether pages may be answered without a browser.
    pub forms_work: bool,
    /// The cookies of each user.
    pub sessions: BTreeMap<String, Vec<Cookie>>,
}
