//! A conformance test harness for OAuth 2.0 and OpenID Connect authorization servers.
//!
//! The floors, lowest first; a module uses its own floor and those below, and `tests/floors.rs`
//! checks it.
//!
//! | Floor | Modules | What it knows |
//! |---|---|---|
//! | 6 | [`cli`] | arguments and exit codes |
//! | 5 | [`report`] | verdicts and evidence; never a parameter's name |
//! | 4 | [`audit`] | what verdicts mean for clients and attackers; never a format |
//! | 4 | [`filter`] | which cases are asked for |
//! | 3 | [`run`] | steps; never a browser, never a format |
//! | 2 | [`agent`], [`wire`] | who visits, and what was said |
//! | 1 | [`suite`], [`target`] | what must be seen, and who is tested |
//! | 0 | [`oauth`], [`source`] | what the specifications say, and where words stand in a file |

pub mod agent;
pub mod audit;
pub mod cli;
pub mod filter;
pub mod oauth;
pub mod report;
pub mod run;
pub mod source;
pub mod suite;
pub mod target;
pub mod wire;

pub use cli::{Harness, Setup, libtest};
