//! What `authspec init` is asked for.

use std::path::PathBuf;

/// Which server a target file is written for, and how.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// The issuer identifier; none where a Postman collection names the server.
    pub issuer: Option<String>,
    /// The target file to write.
    pub output: PathBuf,
    /// Whether nobody is asked.
    pub offline: bool,
    /// Whether the clients are registered at the server (RFC7591).
    pub register: bool,
    /// Postman collections to take the clients from.
    pub from_postman: Vec<PathBuf>,
    /// Whether the hosts that a collection names are asked for their metadata.
    pub discover: bool,
    /// Postman environments with the values of variables.
    pub postman_environment: Vec<PathBuf>,
    /// The port of the clients' redirect URIs.
    pub callback_port: u16,
}
