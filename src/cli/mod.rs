//! The command line: arguments in, exit code out.

mod agent_arg;
mod args;
mod audit;
mod audit_targets;
mod auditing;
mod bless;
mod command_error;
mod compare;
#[cfg(feature = "shell")]
mod completions;
mod coverage;
mod doctor;
mod earlier;
mod entry;
mod execute;
mod explain;
mod harness;
mod honest;
mod hook;
mod init;
mod init_args;
mod interrupt;
mod keys;
mod libtest;
mod list;
mod list_args;
#[cfg(feature = "shell")]
mod manual;
mod merge;
mod network;
mod next_steps;
mod operands;
mod order;
mod output;
mod prepare;
mod report;
mod run;
mod schema;
mod schema_kind;
mod server;
mod shown;
mod target_reference;
mod terminal_args;
mod values;
mod write;

pub use agent_arg::AgentArg;
pub use args::{
    AuditArgs, AuditFormat, Cli, Command, CompareArgs, CompareFormat, CoverageArgs, CoverageFormat,
    DoctorArgs, ExplainArgs, HarArgs, MatrixArgs, MatrixFormat, MergeArgs, ReportArgs,
    ReportCommand, RunArgs,
};
pub use command_error::CommandError;
pub use entry::main;
pub use explain::explain;
pub use harness::{Harness, libtest};
pub use hook::Setup;
pub use init_args::InitArgs;
pub use keys::KeyAlgorithm;
pub use list_args::{ListArgs, ListFormat};
pub use prepare::{Prepared, Started, prepare};
pub use schema::schema;
pub use schema_kind::{SchemaFormat, SchemaKind};
pub use terminal_args::{ColorArg, TerminalArgs};
