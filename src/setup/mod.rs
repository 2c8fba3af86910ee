//! Sets up a target: creates a target file from a server's metadata or a Postman collection, and registers clients.

mod error;
mod init;
mod options;
mod postman;
mod register;
mod text;
mod wanted;

pub use error::SetupError;
pub use init::init;
pub use options::InitOptions;
pub(crate) use text::secret_file;
