//! Runs: which cases are tried, how, and what is made of what was seen.

mod checkup;
mod compare;
mod control;
mod controls;
mod discover;
mod engine;
mod feature;
mod judge;
mod patience;
mod perform;
mod plan;
mod preview;
mod race;
mod reach;
mod retry;
mod seen;
mod step;
mod transcript;
mod values;
mod verdict;
mod wait;
mod watch;
mod way;

pub use checkup::Checked;
pub use control::Standing;
pub use discover::{Endpoints, discover, find_issuer, find_metadata};
pub use engine::{CaseResult, Run, Summary};
pub use judge::judge;
pub use plan::{Law, Plan, What, select, select_as};
pub use preview::{Preview, preview};
pub use reach::{Reach, of_kind};
pub use seen::{describe, sent};
pub use transcript::{Outcome, Performed, Race, Transcript};
pub use values::Values;
pub use verdict::{Finding, Judged, Verdict};
