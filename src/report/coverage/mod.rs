//! Coverage: which requirements have cases, and why the others have none.

mod count;
mod sentences;

pub(super) use count::table_cell;
pub use count::{Coverage, CoverageEntry, SpecificationCoverage, Totals};
pub use sentences::{Sentence, SentenceStatus, SentenceTotals, sentences};
