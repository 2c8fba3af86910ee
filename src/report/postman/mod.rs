//! A Postman collection of what failed, to be opened and sent again.

mod collection;
mod folder;
mod render;
mod request;
mod variables;

pub(super) use render::postman;
