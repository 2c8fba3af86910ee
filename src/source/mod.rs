//! A file as its author wrote it: where each word stands, and every mistake in it at once.

mod each;
mod file;
mod json;
mod lasting;
mod mistake;
mod plain;
mod read;
mod schema;
mod secret;

pub use each::each;
pub use file::Source;
pub use json::Json;
pub use lasting::Lasting;
pub use mistake::{Mistake, Mistakes, counted};
pub use plain::nearest;
pub use read::read;
pub use schema::without_null;
