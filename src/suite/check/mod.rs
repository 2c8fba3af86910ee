//! Checks what the types cannot express: that the parts of suite files fit together.

mod case;
mod expect;
mod modules;
mod reasons;
mod references;
mod requirement;

pub use references::unknown_case;

pub(super) use references::Loaded;
pub(super) use requirement::{file_stem, suite};
