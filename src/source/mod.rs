//! A file as its author wrote it: where each word stands, and every mistake in it at once.

mod mistake;
mod read;

pub use mistake::{Mistake, Mistakes};
pub use read::{Source, read};
