//! The comparison of two runs of a target, case by case.

mod compare;
mod text;

pub use compare::{CaseChange, Comparison, Difference};
pub use text::{ComparisonMarkdown, ComparisonText};
