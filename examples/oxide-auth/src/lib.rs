//! An authorization server made with [oxide-auth](https://docs.rs/oxide-auth), with as little around
//! it as it takes: who signs in, pages for that, and where the clients are registered.
//!
//! What the protocol is about, oxide-auth does, as it comes: codes, tokens, PKCE, client
//! authentication, redirect URIs, and what is said where something is wrong.

mod pages;
mod registered;
mod routes;

pub use registered::{Registered, registrar};
pub use routes::router;
