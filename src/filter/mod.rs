//! Selects cases: the filter language of `-E`, and plain words.

mod catalogue;
mod expression;
mod matcher;
mod names;
mod parse;
mod word;

pub use catalogue::Catalogue;
pub use expression::Expression;
pub use matcher::Matcher;
pub use names::Predicate;
pub use parse::parse;
pub use word::{fits, names};
