//! Sets up a target: creates a target file from a server's metadata, a Postman collection or a configuration of the OpenID Foundation's suite, and registers clients.

mod environment;
mod error;
mod init;
mod oidf;
mod options;
mod postman;
mod register;
mod text;
mod wanted;

pub use error::SetupError;
pub(crate) use init::init;
pub use options::InitOptions;
pub(crate) use text::secret_file;
