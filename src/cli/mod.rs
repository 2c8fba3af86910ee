//! The command line: arguments in, exit code out.

mod args;
mod audit;
mod audit_targets;
mod auditing;
mod authorities;
mod bless;
mod compare;
mod completions;
mod coverage;
mod doctor;
mod entry;
mod execute;
mod explain;
mod harness;
mod honest;
mod init;
mod interrupt;
mod libtest;
mod list;
mod manual;
mod merge;
mod operands;
mod output;
mod postman;
mod prepare;
mod register;
mod report;
mod run;
mod schema;
mod server;
mod values;

pub use args::{
    AgentArg, AuditArgs, AuditFormat, Cli, Command, CompareArgs, CompareFormat, CoverageArgs,
    CoverageFormat, DoctorArgs, ExplainArgs, HarArgs, InitArgs, MatrixArgs, MatrixFormat,
    MergeArgs, ReportArgs, ReportCommand, RunArgs, SchemaKind,
};
pub use entry::main;
pub use harness::{Harness, Setup, libtest};
pub use prepare::{CommandError, Prepared, Started, prepare};
pub use schema::schema;
