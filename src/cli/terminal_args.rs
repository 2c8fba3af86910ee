//! What is said on a terminal, and when a run ends.

use clap::{Args, ColorChoice};

use crate::report::StatusLevel;

/// What is said on a terminal, and when a run ends.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What is said")]
pub struct TerminalArgs {
    /// End the run at the first failure; what was not tried then is inconclusive
    #[arg(long, overrides_with = "no_fail_fast")]
    pub fail_fast: bool,
    /// Try all cases, whatever fails (the default)
    #[arg(long, overrides_with = "fail_fast")]
    pub no_fail_fast: bool,
    /// Say only what is wrong, and what the run comes to
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say also what was skipped, case by case, and everything else that there is to say
    #[arg(short, long)]
    pub verbose: bool,
    /// Which cases have a line of their own as they are tried: those of a level and of all before it
    /// [default: pass]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub status_level: Option<StatusLevel>,
    /// Which cases are told of in the end: those of a level and of all before it [default: warn]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub final_status_level: Option<StatusLevel>,
    /// When to write in colours; NO_COLOR, CLICOLOR and CLICOLOR_FORCE count too
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}
