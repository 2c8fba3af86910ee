//! SARIF 2.1.0, with a run per target, a rule per requirement, and a result per case that did not pass.

pub(super) mod log;
mod render;
mod rules;

pub(super) use render::{sarif, text};
pub(super) use rules::digest;
