//! HAR 1.2: requests and answers, for HTTP tools. Each case is a page.

mod log;
mod render;

pub(super) use render::har;
