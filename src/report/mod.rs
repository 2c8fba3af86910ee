//! Reports: what is told of a run, always redacted.

mod bless;
mod comparison;
mod comparison_text;
mod console;
mod coverage;
mod evidence;
mod explanation;
mod file;
mod format;
mod github;
mod har;
mod har_log;
mod html;
mod junit;
mod markdown;
mod markdown_block;
mod markdown_text;
mod matrix;
mod matrix_html;
mod matrix_markdown;
mod outcome;
mod postman;
mod record;
mod recorder;
mod reproduce;
mod results;
mod sarif;
mod sarif_log;
mod sarif_rules;
mod side_by_side;
mod sign;
mod snapshot;
mod told;
mod trial;

pub use bless::{Blessing, bless};
pub use comparison::{Became, Comparison, Difference};
pub use comparison_text::{ComparisonMarkdown, ComparisonText};
pub use console::{Console, block};
pub use coverage::{Coverage, CoverageEntry, SpecificationCoverage, Totals};
pub use evidence::{
    AnswerEntry, Evidence, ExchangeEntry, OutcomeEntry, RequestEntry, RequirementEntry,
    ResponseEntry, StepEntry, evidence_path, write as write_evidence,
};
pub use explanation::{Asked, Explanation};
pub use file::write_file;
pub use format::{Format, Wanted};
pub use html::html;
pub use junit::junit;
pub use matrix::{Cell, Column, Deviation, Matrix, Row as MatrixRow, Section};
pub use matrix_html::MatrixHtml;
pub use matrix_markdown::MatrixMarkdown;
pub use outcome::Tally;
pub use record::Record;
pub use results::{CaseEntry, FindingEntry, Results, Tested, Tool, results, untried};
pub use side_by_side::{Row, SideBySide};
pub use snapshot::{Drift, Snapshots};
pub use trial::{Options, trials};
