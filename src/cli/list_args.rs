//! The arguments of `authspec list`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::run::Partition;

/// Which cases are listed, and how.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// A target file, and words that choose cases: part of an id, a section as in "RFC7636 §4.6", a
    /// specification, a level. Each word has to fit a case. Without a target file: the embedded server
    #[arg(value_name = "TARGET|FILTER")]
    pub words: Vec<String>,
    /// Choose cases by an expression, as in 'suite(pkce) & !slow()'; docs/FILTERS.md explains them. May be
    /// given more than once: what any of them chooses
    #[arg(short = 'E', long = "filter", value_name = "EXPRESSION")]
    pub filters: Vec<String>,
    /// Of these, list only those that did not pass in the last run of the target, as its evidence says, or
    /// as this file says
    #[arg(long, value_name = "RESULTS", num_args = 0..=1, require_equals = true)]
    pub rerun_failed: Option<Option<PathBuf>>,
    /// List one part of what is chosen, as in hash:1/4
    #[arg(long, value_name = "hash:I/N")]
    pub partition: Option<Partition>,
    /// The specifications in force: oauth2, bcp, oauth2.1 or oidc; else as the target file says, else bcp
    #[arg(long)]
    pub ruleset: Option<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
    /// As with `run --slow`: cases that wait until something has expired apply
    #[arg(long)]
    pub slow: bool,
    /// As with `run --register`: cases that register clients apply
    #[arg(long)]
    pub register: bool,
    /// The folder of the evidence files, where the results of the last run are
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// Read the suites in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// How cases are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A line for each
    #[default]
    Text,
    /// For programs; `authspec schema list` describes it
    Json,
}
