//! The arguments for terminal output, and for when a run stops.

use clap::{Args, ColorChoice};

use crate::report::StatusLevel;

/// The arguments for terminal output, and for when a run stops.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output options")]
pub struct TerminalArgs {
    /// Stop the run at the first failure; the cases not run are inconclusive
    #[arg(long, overrides_with = "no_fail_fast")]
    pub fail_fast: bool,
    /// Run all cases, whether or not some fail (the default)
    #[arg(long, overrides_with = "fail_fast")]
    pub no_fail_fast: bool,
    /// Show only problems and the summary
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show skipped cases too, and all details
    #[arg(short, long)]
    pub verbose: bool,
    /// Cases to show during the run; each level includes the levels before it [default: pass]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub status_level: Option<StatusLevel>,
    /// Cases to show at the end of the run; each level includes the levels before it [default: warn]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub final_status_level: Option<StatusLevel>,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The argument that says when to use colors.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output options")]
pub struct ColorArg {
    /// When to use colors; `auto` respects NO_COLOR, CLICOLOR and CLICOLOR_FORCE
    #[arg(long = "color", value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub when: ColorChoice,
}
