//! The command-line arguments.

use std::path::PathBuf;

use ::honest::{Allowance, Defect};
use clap::{Args, Parser, Subcommand, ValueEnum};
#[cfg(feature = "shell")]
use clap_complete::Shell;

use super::agent_arg::AgentArg;
use super::init_args::InitArgs;
use super::keys::KeyAlgorithm;
use super::list_args::ListArgs;
use super::schema_kind::{SchemaFormat, SchemaKind};
use super::terminal_args::{ColorArg, TerminalArgs};
use super::values;
use crate::report::{Snapshots, Wanted};
use crate::run::Partition;
use crate::source::DurationText;
use crate::wire::Rate;

/// Tests whether an OAuth 2.0 authorization server conforms to the specifications.
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Without a command, every suite runs against the built-in server.\n\
    Exit codes: 0 clean, 1 the target violated a requirement or drifted, 2 invalid arguments or files, 3 inconclusive or nothing run."
)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the suites against one or more targets
    Run(Box<RunArgs>),
    /// Check the setup and say what to fix
    Doctor(DoctorArgs),
    /// Create a target file, from the server's metadata if it has any
    Init(InitArgs),
    /// Report whether the implicit grant is off, which clients can move to code with PKCE, and what attackers can do
    Audit(AuditArgs),
    /// List the cases that a run would execute
    List(ListArgs),
    /// Explain a case: what is sent, what is expected, why it matters and how to fix a failure
    Explain(ExplainArgs),
    /// Show which requirements have cases, and why the others have none
    Coverage(CoverageArgs),
    /// Compare two runs: what broke, what was fixed, what is no longer tested
    Compare(CompareArgs),
    /// Merge the results of a partitioned run
    Merge(MergeArgs),
    /// Create a report from the results of earlier runs
    Report {
        /// The kind of report
        #[command(subcommand)]
        what: ReportCommand,
    },
    /// Create a private key for a client, and print the public key to register at the server
    #[command(
        after_help = "If the file exists, its public key is printed and nothing is changed. In the target file, write `auth = \
    \"private_key_jwt\"` and `keys = \"FILE\"` for the client; or `certificate = \"FILE\"` with `auth = \
    \"tls_client_auth\"`, `\"self_signed_tls_client_auth\"` or `tokens = \"mtls\"`; for an authority, write `listener_ca = \
    \"FILE\"`, and let the server trust the certificate that is printed: it is for addresses of this machine alone."
    )]
    Keys {
        /// File to write the private key to, as a JWK Set
        file: PathBuf,
        /// Create a certificate authority, in PEM, for serving documents to the server over https
        #[arg(long, conflicts_with = "alg")]
        certificate_authority: bool,
        /// Algorithm to sign with
        #[arg(long, value_enum, default_value_t)]
        alg: KeyAlgorithm,
        /// Create a certificate with its key instead, in PEM, and print what to register of it
        #[arg(long, conflicts_with = "alg")]
        certificate: bool,
    },
    /// Run the built-in reference server
    Honest {
        /// List the defects that --defect accepts, and exit
        #[arg(long)]
        list_defects: bool,
        /// Port to listen on
        #[arg(long, default_value_t = 9400)]
        port: u16,
        /// Port of the clients' redirect URIs
        #[arg(long, default_value_t = 8765)]
        callback_port: u16,
        /// Defect to inject; may be given more than once
        #[arg(long = "defect", value_name = "NAME")]
        defects: Vec<Defect>,
        /// Trust the certificate authorities in this PEM file when documents of clients are fetched
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Allow what best current practice forbids, or few servers do: implicit, password, bound, nonces
        #[arg(long = "allow", value_name = "NAME", hide = true)]
        allows: Vec<Allowance>,
    },
    #[cfg(feature = "shell")]
    /// Generate a shell completion script
    Completions {
        /// Shell to generate the script for
        shell: Shell,
    },
    #[cfg(feature = "shell")]
    /// Print the manual page, or write the pages of all commands to a directory
    Man {
        /// Directory to write the pages to, such as ~/.local/share/man/man1
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Print the JSON Schema of a file format, for editors and programs
    Schema {
        /// File format
        kind: SchemaKind,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: SchemaFormat,
    },
}

/// The arguments of `authspec audit`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 implicit and password are off, code with PKCE works for every client and no threat \
    is open; 1 one of these does not hold; 2 invalid arguments or files; 3 something could not be tested, and nothing is worse."
)]
pub struct AuditArgs {
    /// Target files, or issuer identifiers of servers without a known client. Without any, the built-in
    /// server
    #[arg(value_name = "TARGET|ISSUER")]
    pub targets: Vec<String>,
    /// Read more targets from a file, one per line; `#` begins a comment
    #[arg(long = "targets", value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: AuditFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Compare with an earlier audit, written with --format json
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// User agent that visits the authorization endpoint [default: hybrid, or forms without a browser]
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start each server with the program `start` next to its target file, and stop it afterwards
    #[arg(long)]
    pub start: bool,
    /// Find out what a new client may register for (RFC7591), by registering clients; they are deleted
    /// afterwards if the server allows it
    #[arg(long)]
    pub register: bool,
    /// Also trust the certificate authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Number of servers to audit at once, each with up to four cases at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Directory for evidence files
    #[arg(long, value_name = "DIR", default_value = "target/audit")]
    pub evidence: PathBuf,
    /// Read questions.toml and threats.toml from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub questions: Option<PathBuf>,
    /// Inject a defect into the built-in server; may be given more than once
    #[arg(long = "defect", value_name = "NAME")]
    pub defects: Vec<Defect>,
    /// Let the built-in server allow what best current practice forbids, or few servers do: implicit,
    /// password, bound, nonces
    #[arg(long = "allow", value_name = "NAME", hide = true)]
    pub allows: Vec<Allowance>,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The output format of an audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// Plain text, for a terminal
    #[default]
    Text,
    /// Markdown tables, to check in
    Markdown,
    /// A self-contained HTML page
    Html,
    /// JSON, for programs and for --since; `authspec schema audit` describes it
    Json,
    /// SARIF 2.1.0, which code scanning reads
    Sarif,
}

/// The arguments of `authspec doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Target file
    pub target: PathBuf,
    /// User agent that visits the authorization endpoint [default: hybrid, or forms without a browser]
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start the server with the program `start` next to the target file, and stop it afterwards
    #[arg(long)]
    pub start: bool,
    /// Also trust the certificate authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Directory for evidence files, which include screenshots
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The arguments of `authspec explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Case or invariant, as in pkce/wrong-verifier or pkce/wrong-verifier@web
    pub case: String,
    /// Target file with the clients to explain it for [default: the built-in server]
    pub target: Option<PathBuf>,
    /// Read suites from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The arguments of `authspec compare`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing newly broken, 1 something is newly broken, 2 invalid arguments or files."
)]
pub struct CompareArgs {
    /// Earlier run: a results.json, or a directory of evidence files
    pub old: PathBuf,
    /// Later run
    pub new: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: CompareFormat,
    /// When to use colors.
    #[command(flatten)]
    pub color: ColorArg,
}

/// The arguments of `authspec merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// Evidence directories of all parts
    #[arg(required = true, value_name = "DIR")]
    pub parts: Vec<PathBuf>,
    /// Evidence directory to write the merged run to
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
}

/// The output format of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// Plain text, for a terminal
    #[default]
    Text,
    /// Markdown, for a pull request
    Markdown,
    /// JSON, for programs; `authspec schema comparison` describes it
    Json,
}

/// The reports that can be created from the results of earlier runs.
#[derive(Clone, Debug, Subcommand)]
pub enum ReportCommand {
    /// A table of requirements by server
    Matrix(MatrixArgs),
    #[cfg(feature = "junit")]
    /// JUnit XML, which CI systems read
    Junit(ReportArgs),
    /// SARIF 2.1.0, which code scanning reads
    Sarif(ReportArgs),
    /// Markdown, for a job summary
    Markdown(ReportArgs),
    /// GitHub Actions annotations, for the log of a step
    Github(ReportArgs),
    /// HAR 1.2, with the HTTP exchanges
    Har(HarArgs),
    /// A Postman collection of the failed requests, to send again
    Postman(ReportArgs),
    /// A self-contained page: each case with its diagram and exchanges
    Html(ReportArgs),
}

/// The arguments of most reports.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Names of the targets [default: all that have results]
    pub targets: Vec<String>,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Evidence directory, which holds the results of each target
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
}

/// The arguments of `authspec report har`.
#[derive(Clone, Debug, Args)]
pub struct HarArgs {
    /// The runs to report on
    #[command(flatten)]
    pub runs: ReportArgs,
    /// Include this case only, as in pkce/wrong-verifier or pkce/wrong-verifier@web
    #[arg(long, value_name = "ID")]
    pub case: Option<String>,
}

/// The arguments of `authspec report matrix`.
#[derive(Clone, Debug, Args)]
pub struct MatrixArgs {
    /// Names of the targets, in column order [default: all that have results]
    pub targets: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: MatrixFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Evidence directory, which holds the results of each target
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// Snapshot directory, for links in Markdown
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    pub snapshot_dir: PathBuf,
    /// Read suites from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// The output format of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    /// A self-contained HTML page
    #[default]
    Html,
    /// Markdown tables, to check in
    Markdown,
}

/// The arguments of `authspec coverage`.
#[derive(Clone, Debug, Args)]
pub struct CoverageArgs {
    /// Ruleset to show [default: all]
    #[arg(long)]
    pub ruleset: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: CoverageFormat,
    /// Read suites from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
}

/// The output format of coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// Markdown tables
    #[default]
    Markdown,
    /// JSON, for programs; `authspec schema coverage` describes it
    Json,
}

/// The arguments of `authspec run`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 the target violated a requirement or drifted, 2 invalid arguments or files, \
    3 inconclusive or nothing run."
)]
pub struct RunArgs {
    /// Target files, and words that select cases: part of an id, a section such as "RFC7636 §4.6", a
    /// specification or a level. Each word must match a case. Without a target file, the built-in server
    #[arg(value_name = "TARGET|FILTER")]
    pub words: Vec<String>,
    /// Select cases with an expression such as 'suite(pkce) & !slow()'; see docs/FILTERS.md. May be
    /// given more than once: a case that matches any of them is selected
    #[arg(short = 'E', long = "filter", value_name = "EXPRESSION")]
    pub filters: Vec<String>,
    /// Ruleset to test against: oauth2, bcp, oauth2.1, oidc, fapi2, fapi2-message-signing, or a plan of the OpenID
    /// certification such as oidc-basic [default: as the target file says, else bcp]
    #[arg(long)]
    pub ruleset: Option<String>,
    /// User agent that visits the authorization endpoint [default: hybrid, or forms without a browser]
    #[arg(long, value_enum)]
    pub agent: Option<AgentArg>,
    /// Start each server with the program `start` next to its target file, and stop it afterwards
    #[arg(long)]
    pub start: bool,
    /// Number of cases to run at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Maximum number of requests per second; a browser visit counts as many as the previous visit
    /// took
    #[arg(long, value_name = "N")]
    pub max_rps: Option<Rate>,
    /// Time limit for the answer to a request, such as 30s
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = values::timeout)]
    pub timeout: DurationText,
    /// Total time to wait in a run when the server asks to wait or does not answer
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = values::timeout)]
    pub max_wait: DurationText,
    /// Run only the selected cases that did not pass in the last run of the target, or in the given
    /// results.json
    #[arg(long, value_name = "RESULTS", num_args = 0..=1, require_equals = true)]
    pub rerun_failed: Option<Option<PathBuf>>,
    /// Run one part of the selected cases, such as hash:1/4; `authspec merge` merges the parts
    #[arg(long, value_name = "hash:I/N")]
    pub partition: Option<Partition>,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// Also run the cases that wait minutes for something to expire
    #[arg(long)]
    pub slow: bool,
    /// Also run the cases that register clients (RFC7591); they are deleted afterwards if the server
    /// allows it
    #[arg(long)]
    pub register: bool,
    /// Write the results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Write a report in one of the formats of `authspec report`; may be given more than once
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub reports: Vec<Wanted>,
    /// Write where the time of the run went to this file, as an HTML page: by case and step, the time
    /// spent in the server, in the browser, waiting and in authspec
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
    /// Also trust the certificate authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Add failing cases to the target's `known.toml`, with the reasons left to fill in
    #[arg(long)]
    pub bless: bool,
    /// Compare answers with snapshots, or update the snapshots
    #[arg(long, value_enum, default_value_t)]
    pub snapshots: Snapshots,
    /// Snapshot directory
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    pub snapshot_dir: PathBuf,
    /// Directory for evidence files
    #[arg(long, value_name = "DIR", default_value = "target/evidence")]
    pub evidence: PathBuf,
    /// Read suites from this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
    /// Inject a defect into the built-in server; may be given more than once
    #[arg(long = "defect", value_name = "NAME")]
    pub defects: Vec<Defect>,
    /// Let the built-in server allow what best current practice forbids, or few servers do: implicit,
    /// password, bound, nonces
    #[arg(long = "allow", value_name = "NAME", hide = true)]
    pub allows: Vec<Allowance>,
    /// Use the WebDriver server at this URL instead of starting a browser
    #[arg(long, value_name = "URL", value_parser = values::webdriver_url)]
    pub webdriver: Option<String>,
    /// Number of browsers to use in parallel; the user signs in once in each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub browsers: u16,
    /// Show the browser window
    #[arg(long)]
    pub headed: bool,
    /// The options for terminal output
    #[command(flatten)]
    pub terminal: TerminalArgs,
}

impl Default for RunArgs {
    /// The arguments of a plain `authspec run`.
    fn default() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            args: RunArgs,
        }
        Defaults::parse_from(["authspec"]).args
    }
}
