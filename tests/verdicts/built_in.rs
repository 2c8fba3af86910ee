//! Runs on the built-in server, whose clients do something in a way of their own.

use honest::{Config, Defect, Honest, Reserved};
use tokio::runtime::Runtime;

use crate::command::{Ran, authspec};

/// The configuration with this defect, if any.
pub(crate) fn with(defect: Option<Defect>) -> Config {
    Config { defects: defect.into_iter().collect(), ..Config::default() }
}

/// Tries the cases on a server with this configuration, with a changed target file.
pub(crate) fn tried(config: Config, change: impl Fn(&str) -> String, words: &[&str]) -> Ran {
    let runtime = Runtime::new().unwrap();
    let port = Reserved::new(0).unwrap();
    let target = change(&honest::target_file_allowing(port.port(), 8765, &config.allows));
    let _server = runtime.block_on(async { Honest::start_on(port, config) }).unwrap();
    authspec(&target, words)
}
