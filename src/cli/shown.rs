//! How much a run prints, in which colors, and how wide.

use std::io::{self, IsTerminal};

use clap::ColorChoice;

use super::args::RunArgs;
use super::terminal_args::ColorArg;
use crate::report::{NextSteps, StatusLevel, Style, Summary};

/// What is shown of a run.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) style: Style,
    /// The cases that get a line during the run.
    pub(super) status: StatusLevel,
    /// The cases that get details at the end.
    last: StatusLevel,
}

impl Shown {
    /// What the arguments ask for. With several targets, cases that pass get no line.
    pub(super) fn new(args: &RunArgs, is_alone: bool) -> Self {
        let (status, last) = match (args.terminal.quiet, args.terminal.verbose, is_alone) {
            (true, ..) => (StatusLevel::None, StatusLevel::Warn),
            (_, true, _) => (StatusLevel::All, StatusLevel::All),
            (_, _, true) => (StatusLevel::Pass, StatusLevel::Warn),
            _ => (StatusLevel::Known, StatusLevel::Warn),
        };
        let status = args.terminal.status_level.unwrap_or(status);
        let last = args.terminal.final_status_level.unwrap_or(last);
        Self { style: style(args.terminal.color), status, last }
    }

    /// How the run is summed up.
    pub(super) fn summary<'a>(
        self,
        target: &'a str,
        args: &'a RunArgs,
        next: &'a NextSteps,
    ) -> Summary<'a> {
        let (style, level, quiet) = (self.style, self.last, args.terminal.quiet);
        Summary { target, evidence: &args.evidence, style, level, quiet, strict: args.strict, next }
    }
}

/// Uses colors on a terminal, unless `NO_COLOR`, `CLICOLOR` or `CLICOLOR_FORCE` says otherwise.
pub(super) fn style(color: ColorArg) -> Style {
    let stdout = io::stdout();
    let color = match color.when {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    };
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten();
    let width = size.map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
    Style { color, width }
}
