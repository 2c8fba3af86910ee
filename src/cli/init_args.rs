//! The arguments of `authspec init`.

use std::path::PathBuf;

use clap::Args;

/// Which server a target file is written for.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The issuer identifier, exactly as the server's metadata has it
    #[arg(required_unless_present = "from_postman")]
    pub issuer: Option<String>,
    /// The target file to write
    #[arg(long, value_name = "FILE", default_value = "target.toml")]
    pub output: PathBuf,
    /// Ask nobody: write a target file to fill in by hand
    #[arg(long, conflicts_with_all = ["register", "discover"])]
    pub offline: bool,
    /// Register the clients at the server (RFC7591), and write their secrets to a file beside it
    #[arg(long)]
    pub register: bool,
    /// Take the clients from the OAuth 2.0 blocks of a Postman collection, and write their secrets
    /// to a file beside it; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "register")]
    pub from_postman: Vec<PathBuf>,
    /// Look for metadata at the hosts that the collection names; without it, nobody is asked but the issuer, if one is named
    #[arg(long, requires = "from_postman")]
    pub discover: bool,
    /// A Postman environment, whose values stand for the variables of the collection; may be given
    /// more than once
    #[arg(long, value_name = "FILE", requires = "from_postman")]
    pub postman_environment: Vec<PathBuf>,
    /// Trust the authorities in this file, in PEM, besides those of this machine
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The port of the clients' redirect URIs
    #[arg(long, default_value_t = 8765)]
    pub callback_port: u16,
}
