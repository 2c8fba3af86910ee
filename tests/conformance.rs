//! Every case as a test: of the embedded server, or of the target that `AUTHSPEC_TARGET` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    authspec::Harness::embedded().run()
}
