//! An authorization server built on [oxide-auth](https://docs.rs/oxide-auth), with the minimum
//! around it: users, sign-in pages, and registered clients.
//!
//! oxide-auth handles the protocol, with its defaults: codes, tokens, PKCE, client authentication,
//! redirect URIs, and error responses.

mod pages;
mod registered;
mod routes;

pub use registered::{Registered, registrar};
pub use routes::router;
