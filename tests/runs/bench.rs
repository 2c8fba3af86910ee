//! A server of ours, and a folder with its target file.

use std::path::PathBuf;

use honest::{Config, Defect, Honest, Reserved};
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
