//! The arguments of `authspec list`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::terminal_args::ColorArg;
use crate::run::Partition;

/// The arguments of `authspec list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// A target file, and words that select cases: part of an id, a section such as "RFC7636 §4.6", a
    /// specification or a level. Each word must match a case. Without a target file, the built-in server
    #[arg(value_name = "TARGET|FILTER")]
    pub words: Vec<String>,
    /// Select cases with an expression such as 'suite(pkce) & !slow()'; see docs/FILTERS.md. May be
    /// given more than once: a case that matches any of them is selected
    #[arg(short = 'E', long = "filter", value_name = "EXPRESSION")]
    pub filters: Vec<String>,
    /// List only the selected cases that did not pass in the last run of the target, or in the given
    /// results.json
    #[arg(long, value_name = "RESULTS", num_args = 0..=1, require_equals = true)]
    pub rerun_failed: Option<Option<PathBuf>>,
    /// List one part of the selected cases, such as hash:1/4
    #[arg(long, value_name = "hash:I/N")]
    pub partition: Option<Partition>,
    /// Ruleset to test against: oauth2, bcp, oauth2.1, oidc, fapi2, fapi2-message-signing, or a plan of the OpenID
    /// certification such as oidc-basic [default: as the target file says, else bcp]
    #[arg(long)]
    pub ruleset: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
    /// Include the cases that `run --slow` runs, which wait for something to expire
    #[arg(long)]
    pub slow: bool,
    /// Include the cases that `run --register` runs, which register clients
    #[arg(long)]
    pub register: bool,
    /// Evidence directory, which holds the results of the last run
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// Read suites from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The output format of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One case per line
    #[default]
    Text,
    /// JSON, for programs; `authspec schema list` describes it
    Json,
}
