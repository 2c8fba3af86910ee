//! What a server's own tests are like: when its server is started and ended, what is said where that
//! goes wrong, and what the processes of `cargo nextest run` share.
//!
//! This program is the tests, and the test of a server too: the tests start it anew as the latter.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

#[path = "embedding/child.rs"]
mod child;
#[path = "embedding/hook.rs"]
mod hook;
#[path = "embedding/sessions.rs"]
mod sessions;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(kind) = std::env::var_os(child::KIND) {
        return child::main(kind.to_str().unwrap());
    }
    let tests = hook::TESTS.iter().chain(sessions::TESTS);
    let trial = |(name, test): &(&'static str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).collect()).exit_code()
}
