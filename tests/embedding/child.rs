//! The test of a server, as its author would write it, and how it is called.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use authspec::{Harness, Setup};
use honest::{Config, Honest};
use url::Url;

/// Says which test of a server this program is to be.
pub(crate) const KIND: &str = "AUTHSPEC_TESTED_AS";

/// Says where it notes that its server was started and ended.
const LOG: &str = "AUTHSPEC_TESTED_LOG";

/// The test of a server.
pub(crate) fn main(kind: &str) -> ExitCode {
    let target = std::env::current_dir().unwrap().join("target.toml");
    let harness = Harness::new(target);
    match kind {
        "running" => harness.run(),
        "sound" => harness.start(sound).run(),
        "dead" => harness.start(dead).run(),
        "panicking" => harness
            .start(async |setup| -> Result<(), _> {
                drop(started(&setup));
                panic!("no {}", "table");
            })
            .run(),
        "failing" => harness
            .start(async |setup| {
                let _noted = started(&setup);
                Ok(TcpListener::bind(setup.listener.local_addr()?)?)
            })
            .run(),
        kind => panic!("there is no test of a server that is {kind}"),
    }
}

/// Says that it has started a server, and has not.
async fn dead(setup: Setup) -> Result<(), Box<dyn Error + Send + Sync>> {
    drop(started(&setup));
    Ok(())
}

/// Starts the embedded server, which binds its port by itself.
async fn sound(setup: Setup) -> Result<impl Send, Box<dyn Error + Send + Sync>> {
    let noted = started(&setup);
    let port = setup.listener.local_addr()?.port();
    let redirect_uris = setup.clients.iter().flat_map(|client| &client.redirect_uris);
    let ports = redirect_uris.filter_map(|uri| Url::parse(uri).ok()?.port());
    let config = Config { port, callback_port: ports.max().unwrap(), ..Config::default() };
    drop(setup.listener);
    assert_eq!(setup.users[0].name, "alice");
    let server = Honest::start(config).await?;
    assert_eq!(server.issuer(), setup.issuer);
    Ok((server, noted))
}

/// Notes that a server was started, and that it was ended when what it returns is dropped.
struct Noted(Arc<Path>);

fn started(_: &Setup) -> Noted {
    let log = PathBuf::from(std::env::var_os(LOG).unwrap());
    note(&log, "started");
    Noted(log.into())
}

fn note(log: &Path, word: &str) {
    let mut log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    writeln!(log, "{word}").unwrap();
}

impl Drop for Noted {
    fn drop(&mut self) {
        note(&self.0, "ended");
    }
}

/// A folder with a target file, from which such a test is run.
pub(crate) struct Package(tempfile::TempDir);

/// What became of it.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// What was noted of the server.
    pub(crate) log: String,
}

impl Package {
    /// A package with this target file.
    pub(crate) fn new(target: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.toml"), target).unwrap();
        Self(folder)
    }

    /// A package whose target is the embedded server, on ports that are left open.
    pub(crate) fn with_open_ports() -> Self {
        let target = honest::target_file(9400, 8765);
        Self::new(&target.replace("9400", "{port}").replace("8765", "{callback.port}"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The test of the server, ready to be run over plain HTTP.
    pub(crate) fn test(&self, kind: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in ["AUTHSPEC_TARGET", "AUTHSPEC_RULESET", "NEXTEST_RUN_ID"] {
            command.env_remove(name);
        }
        command
            .current_dir(self.folder())
            .env("CARGO_MANIFEST_DIR", self.folder())
            .env("AUTHSPEC_EVIDENCE", self.folder().join("evidence"))
            .env("AUTHSPEC_AGENT", "forms")
            .env(KIND, kind)
            .env(LOG, self.folder().join("log"));
        command
    }

    /// Runs it with these arguments.
    pub(crate) fn run(&self, kind: &str, arguments: &[&str]) -> Ran {
        self.finish(self.test(kind).args(arguments))
    }

    pub(crate) fn finish(&self, command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
            log: std::fs::read_to_string(self.folder().join("log")).unwrap_or_default(),
        }
    }
}

impl Ran {
    /// Fails unless it ended with this code and said this.
    #[track_caller]
    pub(crate) fn said(&self, code: i32, words: &str) {
        let Self { out, err, .. } = self;
        let said = out.contains(words) || err.contains(words);
        assert!(self.code == Some(code) && said, "{:?}, no `{words}`:\n{out}{err}", self.code);
    }
}
