//! The report as an HTML page: the findings, with a diagram and the exchanges of each case.

mod case;
mod exchange;
mod flow;
mod label;
mod modules;
mod page;
mod requirements;
mod sequence;
mod text;

pub use page::html;
pub(super) use text::spans;
