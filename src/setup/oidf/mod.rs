//! Target files from configurations of the OpenID Foundation's conformance suite.

mod config;
mod init;

pub(super) use init::init;
