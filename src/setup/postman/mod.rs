//! `authspec init --from-postman`: a target file from what Postman knows of a server.

mod block;
mod client;
mod collection;
mod environment;
mod init;
mod param;
mod reader;
mod server;
mod text;
mod variables;

pub(super) use init::init;
