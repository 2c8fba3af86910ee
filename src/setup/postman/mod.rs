//! `authspec init --from-postman`: creates target files from Postman collections.

mod block;
mod client;
mod collection;
mod init;
mod param;
mod reader;
mod server;
mod text;
mod variables;

pub(super) use init::init;
