//! The harness for a server's own tests.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::runtime::Handle;

use super::hook::{Guard, Hook, Setup};
use super::libtest::run_tests;

/// A conformance run as part of `cargo test`, in which every case is a test.
///
/// Use it as the `main` of a test with `harness = false`; it accepts the arguments that `cargo test` and
/// `cargo nextest` pass. With [`start`](Self::start), the server under test is started first, in this
/// process and on a free port:
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use authspec::Harness;
/// use tokio::net::TcpListener;
/// use tokio::task::JoinSet;
///
/// fn main() -> ExitCode {
///     Harness::new("tests/target.toml")
///         .start(async |setup| {
///             let listener = TcpListener::from_std(setup.listener)?;
///             let app = axum::Router::new(); // your server, with `setup.clients` registered
///             let mut server = JoinSet::new();
///             server.spawn(async move { axum::serve(listener, app).await });
///             Ok(server) // stops the server when it is dropped
///         })
///         .run()
/// }
/// ```
///
/// The target file leaves the ports open:
///
/// ```toml
/// name   = "my server"
/// issuer = "http://127.0.0.1:{port}"
///
/// [client.app]
/// id            = "app"
/// auth          = "none"
/// redirect_uris = ["http://127.0.0.1:{callback.port}/callback"]
///
/// [user.alice]
/// password = "wonderland"
/// ```
///
/// # Environment
///
/// `AUTHSPEC_TARGET` names another target file, whose server must already be running.
/// `AUTHSPEC_RULESET`, `AUTHSPEC_AGENT`, `AUTHSPEC_SNAPSHOTS` and `AUTHSPEC_EVIDENCE` correspond to the
/// options of `authspec run`. Snapshots are checked if the target has any; evidence is
/// written to `target/evidence` of the workspace.
#[must_use = "a harness does nothing until it is run"]
pub struct Harness {
    target: Option<PathBuf>,
    start: Option<Hook>,
}

impl Harness {
    /// Tests the server that the target file describes. A relative path is resolved against the
    /// package's folder.
    ///
    /// The server must be running, unless [`start`](Self::start) says how to start it.
    pub fn new(target: impl AsRef<Path>) -> Self {
        Self { target: Some(target.as_ref().to_owned()), start: None }
    }

    /// Tests the sound server built into authspec, to see what a run looks like.
    pub fn embedded() -> Self {
        Self { target: None, start: None }
    }

    /// Starts the server with `hook`, once, when the first test needs it, but not when tests are only
    /// listed. The value it returns is dropped after the last test, which must stop the server.
    ///
    /// The hook is called in a multi-threaded tokio runtime, which runs as long as the tests,
    /// so it may spawn tasks; start a server with its own runtime on a separate thread.
    /// If the hook fails or panics, every test fails with the reason.
    ///
    /// Under `cargo nextest`, every test is a process: each starts the server, and signs
    /// in over plain HTTP if the pages allow it. If the login page needs a browser,
    /// start the server beforehand and name it with `AUTHSPEC_TARGET`: one process then signs in for all.
    pub fn start<G, F>(self, hook: F) -> Self
    where
        F: AsyncFnOnce(Setup) -> Result<G, Box<dyn Error + Send + Sync>> + Send + 'static,
        G: Send + 'static,
    {
        let start = move |setup: Setup, runtime: &Handle| match runtime.block_on(hook(setup)) {
            Ok(guard) => Ok(Box::new(guard) as Guard),
            Err(error) => Err(error.to_string()),
        };
        Self { start: Some(Hook(Box::new(start))), ..self }
    }

    /// Runs the tests that the process arguments ask for, and reports in the format of `cargo test`.
    ///
    /// The exit code is 0 on success, 101 if a test failed, and 2 if the arguments or the target file are
    /// invalid, with a message on standard error.
    #[must_use]
    pub fn run(self) -> ExitCode {
        run_tests(self.target, self.start)
    }
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts = self.start.is_some();
        f.debug_struct("Harness").field("target", &self.target).field("starts", &starts).finish()
    }
}

/// A conformance run against a running server, as part of `cargo test`: short for
/// [`Harness::new`] and [`Harness::run`].
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     authspec::libtest("tests/target.toml")
/// }
/// ```
#[must_use]
pub fn libtest(target: impl AsRef<Path>) -> ExitCode {
    Harness::new(target).run()
}
