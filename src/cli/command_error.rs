//! Why a command fails.

use std::io;

/// Why a command cannot do its work.
#[derive(Debug)]
pub enum CommandError {
    /// Invalid arguments, or an invalid file.
    Usage(String),
    /// The target cannot be tested.
    Target(String),
    /// The terminal or a file cannot be written.
    Io(io::Error),
    /// The user interrupted the command before any case was run.
    Interrupted,
    /// There is no case to run, for this reason.
    Nothing(String),
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
