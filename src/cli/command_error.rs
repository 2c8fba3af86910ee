//! Why a command fails.

use std::io;

/// Why a command cannot do what it was asked for.
#[derive(Debug)]
pub enum CommandError {
    /// Wrong arguments, or a wrong file.
    Usage(String),
    /// The target cannot be tried.
    Target(String),
    /// The terminal or a file is gone.
    Io(io::Error),
    /// The user had enough before any case was tried.
    Interrupted,
    /// No case is to be tried, for this reason.
    Nothing(String),
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
