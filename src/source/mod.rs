//! A file as its author wrote it: the position of each word, and all mistakes at once.

mod duration;
mod each;
mod file;
mod flaw;
mod json;
mod mistake;
mod read;
mod schema;
mod secret;
mod secret_json;
mod serde_messages;

pub use duration::DurationText;
pub use each::each;
pub use file::Source;
pub use flaw::Flaw;
pub use json::Json;
pub use mistake::{Mistake, Mistakes, counted};
pub use read::read;
pub use schema::without_null;
pub use serde_messages::nearest;
