//! Markdown, for a job summary.

mod block;
mod render;
mod text;

pub(super) use render::markdown;
pub(super) use text::{code, prose};
