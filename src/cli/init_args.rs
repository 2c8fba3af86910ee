//! The arguments of `authspec init`.

use std::path::PathBuf;

use clap::Args;

use super::values;
use crate::target::GivenHeader;

/// The arguments of `authspec init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Issuer identifier, exactly as in the server's metadata
    #[arg(required_unless_present_any = ["from_postman", "from_oidf"])]
    pub issuer: Option<String>,
    /// Target file to write
    #[arg(long, value_name = "FILE", default_value = "target.toml")]
    pub output: PathBuf,
    /// Send no requests: write a target file to fill in by hand
    #[arg(long, conflicts_with_all = ["register", "discover"])]
    pub offline: bool,
    /// Register the clients at the server (RFC7591), and write their secrets to a file next to it
    #[arg(long)]
    pub register: bool,
    /// Take the clients from the OAuth 2.0 settings of a Postman collection, and write their secrets
    /// to a file next to the target file; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "register")]
    pub from_postman: Vec<PathBuf>,
    /// Take server and clients from a configuration of the OpenID Foundation's conformance suite, and write their
    /// secrets to a file next to the target file; no request is sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["issuer", "register", "from_postman", "headers"])]
    pub from_oidf: Option<PathBuf>,
    /// Look for metadata at the hosts that the collection names; by default only the issuer is asked, if given
    #[arg(long, requires = "from_postman")]
    pub discover: bool,
    /// Postman environment with values for the collection's variables; may be given more than once
    #[arg(long, value_name = "FILE", requires = "from_postman")]
    pub postman_environment: Vec<PathBuf>,
    /// Also trust the certificate authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Send a header field with every request to the server, as an API gateway may require; may be given
    /// more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = values::header, conflicts_with = "from_postman")]
    pub headers: Vec<GivenHeader>,
    /// Port of the clients' redirect URIs
    #[arg(long, default_value_t = 8765)]
    pub callback_port: u16,
}
