//! Reports: what is told of a run, always redacted.

mod console;
mod evidence;
mod outcome;
mod reproduce;
mod results;
mod snapshot;
mod trial;

pub use console::{Console, block};
pub use evidence::{evidence_path, write as write_evidence};
pub use outcome::Tally;
pub use results::{CaseEntry, FindingEntry, Results, Tested, Tool, results};
pub use snapshot::{Drift, Snapshots};
pub use trial::{Options, trials};
