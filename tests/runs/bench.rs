//! A server of ours, and a folder with its target file.

use std::path::PathBuf;
use std::process::Command;

use honest::{Config, Defect, Honest, Reserved};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    _runtime: Runtime,
    _server: Honest,
}

impl Bench {
    pub(crate) fn new(defects: &[Defect]) -> Self {
        let runtime = Runtime::new().unwrap();
        let port = Reserved::new(0).unwrap();
        let text = honest::target_file(port.port(), 8765);
        let config = Config { defects: defects.to_vec(), ..Config::default() };
        let server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.toml"), text).unwrap();
        Self { folder, _runtime: runtime, _server: server }
    }

    /// Runs the program in the folder: what it says, and its exit code.
    pub(crate) fn authspec(&self, words: &[&str]) -> (String, i32) {
        let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
            .args(words)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let said = [run.stdout, run.stderr].concat();
        (String::from_utf8(said).unwrap(), run.status.code().unwrap_or(-1))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
