//! Why nothing is set up.

use std::io;

/// Why no target file is written.
#[derive(Debug)]
pub enum SetupError {
    /// Wrong arguments, or a wrong file.
    Usage(String),
    /// The server refuses, or is not what was named.
    Target(String),
    /// A file cannot be written.
    Io(io::Error),
}

impl From<io::Error> for SetupError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
