//! SARIF 2.1.0: a run a target, a rule a requirement, a result a case that did not pass.

pub(super) mod log;
mod render;
mod rules;

pub(super) use render::{sarif, text};
pub(super) use rules::digest;
