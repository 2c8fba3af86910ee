//! Two runs of one target, compared case by case.

mod compare;
mod text;

pub use compare::{CaseChange, Comparison, Difference};
pub use text::{ComparisonMarkdown, ComparisonText};
