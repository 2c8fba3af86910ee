//! How an operator makes the server sign with another key.

use toml::Spanned;

use super::text::{Link, Text};
use crate::source::Mistake;

/// What makes the server sign with another key from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// A command for the shell, run in the folder of the target file.
    Command(String),
    /// A URL that a POST without a body goes to.
    Post(String),
}

/// Reads it, if it is there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(given: Option<&Spanned<Text>>) -> Result<Option<KeyRotation>, Vec<Mistake>> {
    let Some(given) = given else { return Ok(None) };
    let text = given.get_ref().text.trim();
    let wrong = |what: &str| {
        let right = "write a command, as in `./rotate-keys`, or a URL to post to";
        vec![Mistake::new(given.span(), what, right)]
    };
    if text.is_empty() {
        return Err(wrong("nothing is to be done"));
    }
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Ok(Some(KeyRotation::Command(text.to_owned())));
    }
    match Link::parse(text.to_owned()) {
        Ok(link) => Ok(Some(KeyRotation::Post(link.text))),
        Err(why) => Err(wrong(&why)),
    }
}
