//! What a server's own tests are made with.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::runtime::Handle;

use super::hook::{Guard, Hook, Setup};
use super::libtest::run_tests;

/// The conformance run as a test of `cargo test`, where every case is a test of its own.
///
/// It is the `main` of a test with `harness = false`, which takes the arguments that `cargo test` and
/// `cargo nextest` give. With [`start`](Self::start), the server under test is started first, in this
/// process and on a port that is free:
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
///             let app = axum::Router::new(); // your server, which is to know `setup.clients`
///             let mut server = JoinSet::new();
///             server.spawn(async move { axum::serve(listener, app).await });
///             Ok(server) // ends the server when it is dropped
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
/// `AUTHSPEC_TARGET` names another target file, whose server is not started but runs already.
/// `AUTHSPEC_RULESET`, `AUTHSPEC_AGENT`, `AUTHSPEC_SNAPSHOTS` and `AUTHSPEC_EVIDENCE` stand for the
/// options of `authspec run`. Snapshots are checked where there are any of the target; evidence is
/// written to `target/evidence` of the workspace.
#[must_use = "nothing is tried until it is run"]
pub struct Harness {
    target: Option<PathBuf>,
    start: Option<Hook>,
}

impl Harness {
    /// Tries the server that the target file describes; a path that is not absolute is taken from the
    /// folder of the package.
    ///
    /// The server runs already, unless [`start`](Self::start) says how to start it.
    pub fn new(target: impl AsRef<Path>) -> Self {
        Self { target: Some(target.as_ref().to_owned()), start: None }
    }

    /// Tries the server that is part of authspec, and sound: for a look at what a run is like.
    pub fn embedded() -> Self {
        Self { target: None, start: None }
    }

    /// Starts the server by `hook`, once, when the first test wants it; never where tests are only
    /// listed. What it returns is kept until the last test is over, and then dropped, which is to end
    /// the server.
    ///
    /// The hook is called within a tokio runtime of several threads, which runs as long as the tests,
    /// so that it may spawn; a server with a runtime of its own is started on a thread of its own.
    /// Where it fails or panics, every test fails and says why.
    ///
    /// Under `cargo nextest`, where every test has a process, each process starts the server, and signs
    /// in over plain HTTP where the pages allow that. A server whose login page takes a browser is
    /// better started before and named by `AUTHSPEC_TARGET`: then one process signs in for all.
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

    /// Runs the tests that the arguments of the process ask for, and reports as `cargo test` wants it.
    ///
    /// The exit code is 0 where all went well, 101 where a test failed, and 2 where nothing could be
    /// tried: the arguments or the target file are wrong, which is said on standard error.
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

/// The conformance run of a server that runs already, as a test of `cargo test`:
/// [`Harness::new`] with this target file, and run.
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
