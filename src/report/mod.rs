//! Reports: what is told of a run, always redacted.

mod console;
mod coverage;
mod evidence;
mod explanation;
mod outcome;
mod reproduce;
mod results;
mod side_by_side;
mod snapshot;
mod trial;

pub use console::{Console, block};
pub use coverage::{Coverage, CoverageEntry, SpecificationCoverage, Totals};
pub use evidence::{evidence_path, write as write_evidence};
pub use explanation::{Asked, Explanation};
pub use outcome::Tally;
pub use results::{CaseEntry, FindingEntry, Results, Tested, Tool, results};
pub use side_by_side::{Row, SideBySide};
pub use snapshot::{Drift, Snapshots};
pub use trial::{Options, trials};
