//! A Postman collection of the failed requests, to send again.

mod collection;
mod folder;
mod render;
mod request;
mod variables;

pub(super) use render::postman;
