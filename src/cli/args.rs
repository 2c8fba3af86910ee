//! The arguments.

use std::path::PathBuf;

use ::honest::{Allowance, Defect};
use clap::{Args, Parser, Subcommand, ValueEnum};
#[cfg(feature = "shell")]
use clap_complete::Shell;

use super::agent_arg::AgentArg;
use super::init_args::InitArgs;
use super::list_args::ListArgs;
use super::schema_kind::{SchemaFormat, SchemaKind};
use super::terminal_args::TerminalArgs;
use super::values;
use crate::report::{Snapshots, Wanted};
use crate::run::Partition;
use crate::source::DurationText;
use crate::wire::Rate;

/// Tests whether an OAuth 2.0 authorization server does what the specifications say.
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Without a command: runs every suite against the embedded server.\n\
    Exit codes: 0 clean, 1 the target broke a requirement or drifted, 2 wrong arguments or files, 3 inconclusive or nothing tried."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Tries the suites on a target
    Run(RunArgs),
    /// Checks a target, one thing after the other, before any case is tried
    Doctor(DoctorArgs),
    /// Writes a target file to begin with, from the metadata of a server where it has some
    Init(InitArgs),
    /// Says whether the implicit grant is dead, who can move to codes with PKCE, and what attackers can do
    Audit(AuditArgs),
    /// Lists the cases that a run would try
    List(ListArgs),
    /// Explains a case: what is sent, what must be seen, why it matters, how to mend it
    Explain(ExplainArgs),
    /// Says which requirements have cases, and which have none and why
    Coverage(CoverageArgs),
    /// Compares two runs: what broke, what was mended, what is no longer tried
    Compare(CompareArgs),
    /// Joins the parts of a run that were tried apart
    Merge(MergeArgs),
    /// Makes a report from what earlier runs left
    Report {
        /// Which one
        #[command(subcommand)]
        what: ReportCommand,
    },
    /// Serves the embedded server, so that one can look at it
    Honest {
        /// List what can be wrong with it, and serve nothing
        #[arg(long)]
        list_defects: bool,
        /// The port to serve on
        #[arg(long, default_value_t = 9400)]
        port: u16,
        /// The port of its clients' redirect URIs
        #[arg(long, default_value_t = 8765)]
        callback_port: u16,
        /// What is wrong with it; may be given more than once
        #[arg(long = "defect", value_name = "NAME")]
        defects: Vec<Defect>,
        /// What it allows that best current practice does not
        #[arg(long = "allow", value_name = "NAME", hide = true)]
        allows: Vec<Allowance>,
    },
    #[cfg(feature = "shell")]
    /// Prints a script by which a shell completes arguments
    Completions {
        /// Which shell
        shell: Shell,
    },
    #[cfg(feature = "shell")]
    /// Prints the manual page, or writes the pages of all commands
    Man {
        /// The folder to write them into, such as ~/.local/share/man/man1
        folder: Option<PathBuf>,
    },
    /// Prints the JSON Schema of a file format, for editors and programs
    Schema {
        /// Which one
        kind: SchemaKind,
        /// How it is told
        #[arg(long, value_enum, default_value_t)]
        format: SchemaFormat,
    },
}

/// Which servers are audited, and how.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 implicit and password are off, code with PKCE works for every client and no threat \
    is open; 1 one of these is not so; 2 wrong arguments or files; 3 something could not be tested, and nothing is worse."
)]
pub struct AuditArgs {
    /// Target files, or issuer identifiers of servers of which no client is known. Without any: the
    /// embedded server
    #[arg(value_name = "TARGET|ISSUER")]
    pub targets: Vec<String>,
    /// More of them, one a line; what follows `#` is a comment
    #[arg(long = "targets", value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: AuditFormat,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// An earlier audit, as --format json wrote it, to compare with
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Who visits the authorization endpoint
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start each target's server first, by the program `start` beside its target file, and end it
    #[arg(long)]
    pub start: bool,
    /// Find out what a new client may register for (RFC7591), by clients that are deleted again where
    /// that can be done
    #[arg(long)]
    pub register: bool,
    /// Trust the authorities in this file, in PEM, besides those of this machine and of the target files
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// How many servers are audited at once, each by four cases at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// The folder of the evidence files
    #[arg(long, value_name = "DIR", default_value = "target/audit")]
    pub evidence: PathBuf,
    /// Read questions.toml and threats.toml in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub questions: Option<PathBuf>,
    /// Break the embedded server in this way; may be given more than once
    #[arg(long = "defect", value_name = "NAME")]
    pub defects: Vec<Defect>,
    /// Let the embedded server allow what best current practice does not: implicit, password
    #[arg(long = "allow", value_name = "NAME", hide = true)]
    pub allows: Vec<Allowance>,
}

/// How an audit is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For people, on a terminal
    #[default]
    Text,
    /// Tables that can be checked in
    Markdown,
    /// One page that needs nothing else
    Html,
    /// For programs, and for --since; `authspec schema audit` describes it
    Json,
    /// SARIF 2.1.0, which code scanning reads
    Sarif,
}

/// Which target is checked, and how.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// The target file
    pub target: PathBuf,
    /// Who visits the authorization endpoint
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start the server first, by the program `start` beside the target file, and end it
    #[arg(long)]
    pub start: bool,
    /// Trust the authorities in this file, in PEM, besides those of this machine and of the target file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The folder of the evidence files, where screenshots are kept
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
}

/// What is to be explained.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The case or invariant, as in pkce/wrong-verifier or pkce/wrong-verifier@web
    pub case: String,
    /// A target file, for whose clients it is explained; else those of the embedded server
    pub target: Option<PathBuf>,
    /// Read the suites in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// Which runs are compared, and how that is told.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing newly broken, 1 something is, 2 wrong arguments or files."
)]
pub struct CompareArgs {
    /// What was: a results.json, or a folder of evidence files
    pub old: PathBuf,
    /// What is
    pub new: PathBuf,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: CompareFormat,
}

/// Which parts are joined, and where to.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// The folders of the evidence files of all parts
    #[arg(required = true, value_name = "DIR")]
    pub parts: Vec<PathBuf>,
    /// The folder of the evidence files of the whole run
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
}

/// How a comparison is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For a terminal
    #[default]
    Text,
    /// For a pull request
    Markdown,
    /// For programs; `authspec schema comparison` describes it
    Json,
}

/// The reports that are made from what earlier runs left.
#[derive(Clone, Debug, Subcommand)]
pub enum ReportCommand {
    /// Requirements down, servers across
    Matrix(MatrixArgs),
    #[cfg(feature = "junit")]
    /// JUnit XML, which CI systems read
    Junit(ReportArgs),
    /// SARIF 2.1.0, which code scanning reads
    Sarif(ReportArgs),
    /// Markdown, for the summary of a job
    Markdown(ReportArgs),
    /// Annotations for GitHub Actions, for the log of a step
    Github(ReportArgs),
    /// HAR 1.2: the exchanges themselves
    Har(HarArgs),
    /// A Postman collection of what failed, to be opened and sent again
    Postman(ReportArgs),
    /// One page to look at: each case with its diagram and its exchanges
    Html(ReportArgs),
}

/// Which runs a report is on.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The names of the targets; without any, all that have results
    pub targets: Vec<String>,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The folder of the evidence files, where the results of each target are
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
}

/// Which exchanges are told.
#[derive(Clone, Debug, Args)]
pub struct HarArgs {
    /// Which runs
    #[command(flatten)]
    pub runs: ReportArgs,
    /// Only those of this case, as in pkce/wrong-verifier or pkce/wrong-verifier@web
    #[arg(long, value_name = "ID")]
    pub case: Option<String>,
}

/// Which runs are put side by side, and how.
#[derive(Clone, Debug, Args)]
pub struct MatrixArgs {
    /// The names of the targets, in the order of the columns; without any, all that have results
    pub targets: Vec<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: MatrixFormat,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The folder of the evidence files, where the results of each target are
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// The folder of the snapshots, to which Markdown leads
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    pub snapshot_dir: PathBuf,
    /// Read the suites in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// How a matrix is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    /// One page that needs nothing else
    #[default]
    Html,
    /// Tables that can be checked in
    Markdown,
}

/// What coverage is to be told of.
#[derive(Clone, Debug, Args)]
pub struct CoverageArgs {
    /// The ruleset; without it, all of them together
    #[arg(long)]
    pub ruleset: Option<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    pub format: CoverageFormat,
    /// Read the suites in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// How coverage is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// Tables for people
    #[default]
    Markdown,
    /// For programs; `authspec schema coverage` describes it
    Json,
}

/// What a run is made of.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 the target broke a requirement or drifted, 2 wrong arguments or files, \
    3 inconclusive or nothing tried."
)]
pub struct RunArgs {
    /// Target files, and words that choose cases: part of an id, a section as in "RFC7636 §4.6", a
    /// specification, a level. Each word has to fit a case. Without a target file: the embedded server
    #[arg(value_name = "TARGET|FILTER")]
    pub words: Vec<String>,
    /// Choose cases by an expression, as in 'suite(pkce) & !slow()'; docs/FILTERS.md explains them. May be
    /// given more than once: what any of them chooses
    #[arg(short = 'E', long = "filter", value_name = "EXPRESSION")]
    pub filters: Vec<String>,
    /// The specifications in force: oauth2, bcp, oauth2.1 or oidc; else as the target file says, else bcp
    #[arg(long)]
    pub ruleset: Option<String>,
    /// Who visits the authorization endpoint
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start each target's server first, by the program `start` beside its target file, and end it
    #[arg(long)]
    pub start: bool,
    /// How many cases are tried at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Send no more than so many requests in a second; a visit of the browser counts for as many as the
    /// last one took
    #[arg(long, value_name = "N")]
    pub max_rps: Option<Rate>,
    /// How long the server may take to answer a request, as in 30s
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = values::timeout)]
    pub timeout: DurationText,
    /// How long the server may be waited for in a whole run, where it asks to wait or does not answer
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = values::timeout)]
    pub max_wait: DurationText,
    /// Of these, try only those that did not pass in the last run of the target, as its evidence says, or
    /// as this file says
    #[arg(long, value_name = "RESULTS", num_args = 0..=1, require_equals = true)]
    pub rerun_failed: Option<Option<PathBuf>>,
    /// Try one part of what is chosen, as in hash:1/4; `authspec merge` joins all parts
    #[arg(long, value_name = "hash:I/N")]
    pub partition: Option<Partition>,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// Try also the cases that wait, for minutes, until something has expired
    #[arg(long)]
    pub slow: bool,
    /// Try also the cases that register clients (RFC7591); they are deleted again where that can be done
    #[arg(long)]
    pub register: bool,
    /// Write results.json here
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Write a report too; may be given more than once, with one of the formats of `authspec report`
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub reports: Vec<Wanted>,
    /// Trust the authorities in this file, in PEM, besides those of this machine and of the target file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Add what fails to the `known.toml` of the target, with a reason to be filled in
    #[arg(long)]
    pub bless: bool,
    /// Compare with snapshots of earlier answers, or take them
    #[arg(long, value_enum, default_value_t)]
    pub snapshots: Snapshots,
    /// The folder of the snapshots
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    pub snapshot_dir: PathBuf,
    /// The folder of the evidence files
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// Read the suites in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
    /// Break the embedded server in this way; may be given more than once
    #[arg(long = "defect", value_name = "NAME")]
    pub defects: Vec<Defect>,
    /// Let the embedded server allow what best current practice does not: implicit
    #[arg(long = "allow", value_name = "NAME", hide = true)]
    pub allows: Vec<Allowance>,
    /// Use the browser behind this WebDriver URL instead of starting one
    #[arg(long, value_name = "URL", value_parser = values::webdriver_url)]
    pub webdriver: Option<String>,
    /// How many browsers visit side by side; a user signs in to each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub browsers: u16,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// What is said on the terminal
    #[command(flatten)]
    pub terminal: TerminalArgs,
}

impl Default for RunArgs {
    /// What `authspec run` means without any argument.
    fn default() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            args: RunArgs,
        }
        Defaults::parse_from(["authspec"]).args
    }
}
