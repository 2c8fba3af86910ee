//! Reports on runs, always redacted.

mod audit;
mod bless;
mod case_entry;
mod case_evidence;
mod case_list;
mod case_summary;
mod comparison;
mod console;
mod coverage;
mod evidence;
mod explanation;
mod file;
mod format;
mod format_version;
mod github;
mod group;
mod har;
mod html;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod matrix;
mod merge;
mod modules;
mod outcome;
mod part;
mod place;
mod postman;
mod record;
mod recorder;
mod reproduce;
mod results;
mod run_results;
mod sarif;
mod side_by_side;
mod skipped;
mod snapshot;
mod status_level;
mod style;
mod summary;
mod symbol;
mod timings;
mod trial;
mod user_files;

pub use audit::{AuditHtml, AuditMarkdown, AuditReport, AuditText, audit_sarif};
pub use bless::{Blessing, bless};
pub use case_entry::{CaseEntry, FindingEntry};
pub use case_evidence::write as write_evidence;
pub use case_list::{CaseList, ListedCase};
pub use comparison::{CaseChange, Comparison, ComparisonMarkdown, ComparisonText, Difference};
pub use console::{Console, block, stale};
pub use coverage::{
    Coverage, CoverageEntry, Sentence, SentenceStatus, SentenceTotals, SpecificationCoverage,
    Totals, sentences,
};
pub use evidence::{
    AnswerEntry, Evidence, ExchangeEntry, JwtEntry, OutcomeEntry, RequestEntry, RequirementEntry,
    ResponseEntry, StepEntry, evidence_path, move_evidence,
};
pub use explanation::{Asked, Explanation};
pub use file::{prepare_file, write_file, write_file_with};
pub use format::{Format, Wanted};
pub use format_version::FormatVersion;
pub use html::html;
#[cfg(feature = "junit")]
pub use junit::junit;
pub use matrix::{
    Cell, Column, Deviation, Matrix, MatrixHtml, MatrixMarkdown, Row as MatrixRow, Section,
};
pub use merge::{Merged, merge};
pub use modules::{ModuleResult, Says, module_table};
pub use outcome::Tally;
pub use part::{Part, Unseen, Watched};
pub use record::Record;
pub use results::{Results, Tested, Tool};
pub use run_results::{results, untried};
pub use side_by_side::{Row, SideBySide};
pub use snapshot::{Drift, Snapshots};
pub use status_level::StatusLevel;
pub use style::Style;
pub use summary::{NextSteps, Summary};
pub use timings::{Timings, TimingsLine};
pub use trial::{Options, trials};
pub use user_files::UserFiles;
