//! The target: the authorization server under test, and what is needed to use it.

mod client;
mod file;
mod known;
mod load;
mod login;

pub use client::{Client, User};
pub use file::{ClientFile, Endpoints, Lifetimes, Link, Start, TargetFile, Text, UserFile};
pub use known::{Known, KnownFile};
pub use load::{Target, load, parse};
pub use login::{Css, LoginRule};
