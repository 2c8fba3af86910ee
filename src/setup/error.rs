//! Errors of the setup.

use std::io;

/// Why no target file is written.
#[derive(Debug)]
pub enum SetupError {
    /// Invalid arguments, or an invalid file.
    Usage(String),
    /// The server refuses, or is not the named one.
    Target(String),
    /// A file cannot be written.
    Io(io::Error),
}

impl From<io::Error> for SetupError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
