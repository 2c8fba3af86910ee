//! HAR 1.2: what was sent and answered, for the tools that look at traffic. A case is a page of it.

mod log;
mod render;

pub(super) use render::har;
