//! `authspec init`.

use std::io::Write;
use std::process::ExitCode;

use super::command_error::CommandError;
use super::init_args::InitArgs;
use super::network::network;
use crate::setup::{self, InitOptions, SetupError};

/// Writes a target file.
pub(super) async fn init(args: &InitArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let network = network(args.ca.as_deref()).map_err(CommandError::Usage)?;
    let InitArgs { issuer, output, offline, register, from_postman, discover, .. } = args.clone();
    let InitArgs { postman_environment, callback_port, ca, headers, from_oidf, .. } = args.clone();
    let options = InitOptions {
        issuer,
        output,
        offline,
        register,
        from_postman,
        from_oidf,
        discover,
        postman_environment,
        ca,
        headers,
        callback_port,
    };
    setup::init(&options, network, out).await?;
    Ok(ExitCode::SUCCESS)
}

impl From<SetupError> for CommandError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Usage(why) => Self::Usage(why),
            SetupError::Target(why) => Self::Target(why),
            SetupError::Io(error) => Self::Io(error),
        }
    }
}
