//! Markdown, fit for the summary of a job.

mod block;
mod render;
mod text;

pub(super) use render::markdown;
pub(super) use text::{code, prose};
