//! A conformance test harness for OAuth 2.0 and OpenID Connect authorization servers.
//!
//! Most users want the `authspec` command; the README shows it. As a library, authspec runs the same cases as part of a
//! server's own `cargo test`, where each case is a test. In a test target with `harness = false`:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     // A server that already runs; `Harness::start` starts one for the test.
//!     authspec::libtest("tests/target.toml")
//! }
//! ```
//!
//! To run cases and look at the results yourself, [`cli::prepare`] turns arguments into a run, [`run::Run::result`] gives
//! the result of each case, and [`report`] renders them:
//!
//! ```no_run
//! use authspec::cli::{AgentArg, RunArgs, prepare};
//!
//! # async fn all() -> Result<(), Box<dyn std::error::Error>> {
//! let words = vec!["target.toml".to_owned(), "pkce".to_owned()];
//! let args = RunArgs { words, agent: Some(AgentArg::Forms), ..RunArgs::default() };
//! let prepared = prepare(&args).map_err(|error| format!("{error:?}"))?;
//! let count = prepared.plans().len();
//! let started = prepared.start().await.map_err(|error| format!("{error:?}"))?;
//! for index in 0..count {
//!     let result = started.run.result(index).await;
//!     println!("{}: {:?}", result.plan.id, result.judged.verdict);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The layers, highest first; a module uses its own layer and those below, and `tests/floors.rs`
//! checks it.
//!
//! | Layer | Modules | What it knows |
//! |---|---|---|
//! | 6 | [`cli`] | arguments and exit codes |
//! | 5 | [`report`] | verdicts and evidence; never a parameter's name |
//! | 4 | [`audit`] | what verdicts mean for clients and attackers; never a format |
//! | 4 | [`filter`] | which cases are asked for |
//! | 4 | [`setup`] | target files from metadata or Postman collections, and registered clients |
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
pub mod setup;
pub mod source;
pub mod suite;
pub mod target;
pub mod wire;

pub use cli::{Harness, Setup, libtest};
