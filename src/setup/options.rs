//! The options of `authspec init`.

use std::path::PathBuf;

use crate::target::GivenHeader;

/// The options of `authspec init`.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// The issuer identifier; none if another file names the server.
    pub issuer: Option<String>,
    /// The target file to write.
    pub output: PathBuf,
    /// Whether to send no requests.
    pub offline: bool,
    /// Whether to register the clients at the server (RFC7591).
    pub register: bool,
    /// Postman collections to take the clients from.
    pub from_postman: Vec<PathBuf>,
    /// A configuration of the OpenID Foundation's conformance suite to take server and clients from.
    pub from_oidf: Option<PathBuf>,
    /// Whether to ask the hosts that a collection names for metadata.
    pub discover: bool,
    /// Postman environments with values of variables.
    pub postman_environment: Vec<PathBuf>,
    /// A file of certificate authorities that are trusted too.
    pub ca: Option<PathBuf>,
    /// The header fields of every request to the server.
    pub headers: Vec<GivenHeader>,
    /// The port of the clients' redirect URIs.
    pub callback_port: u16,
}
