//! The target: the authorization server under test, and what is needed to use it.

mod client;
mod extra;
mod file;
mod known;
mod load;
mod login;

pub use client::{Client, User};
pub use extra::{Besides, Extra, ExtraFile, ParamsFile, is_own, is_own_header};
pub use file::{
    ClientFile, Endpoints, Lifetimes, Link, Start, TargetFile, Text, UserFile, is_reference,
};
pub use known::{Known, KnownFile};
pub use load::{Target, load, parse};
pub use login::{Css, LoginRule};
