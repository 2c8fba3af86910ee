//! The target: the authorization server under test, and what is needed to use it.

mod by_ruleset;
mod certificate;
mod client;
mod extension;
mod extra;
mod file;
mod given_header;
mod known;
mod listener;
mod load;
mod login;
mod of_issuer;
mod origins;
mod otp;
mod passkey;
mod places;
mod ports;
mod resource;
mod signer;
mod text;
mod user;

pub use certificate::ClientCertificate;
pub use client::{Client, User};
pub use extension::{Extensions, TokenProfile};
pub use extra::{Extra, ExtraFile, ExtraParams, ParamsFile, is_own, is_own_header};
pub use file::{ClientFile, Endpoints, Lifetimes, RegistrationFile, Start, TargetFile, UserFile};
pub use given_header::GivenHeader;
pub use known::{Known, KnownEntry, KnownFile};
pub use load::{KnownSource, Target, known_file, load, load_on, parse};
pub use login::{Css, LoginRule, ONE_TIME_CODE};
pub use otp::Otp;
pub use passkey::{Credential, Passkey};
pub use places::Places;
pub use ports::Ports;
pub use resource::{Resource, ResourceFile};
pub use text::{Link, Text, is_reference};
