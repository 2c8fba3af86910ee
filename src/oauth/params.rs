//! Request parameters as they are sent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// Stands for a byte in a value that is not text. It is a noncharacter, so nothing else is written
/// like this (Unicode §23.7).
pub const NO_TEXT: char = '\u{10FFFF}';

/// Parameters in order, which may repeat: what a request contains, not what a well-behaved client
/// would send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text, such as a query.
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Sets the parameter to this single value: in its place if it was there, else at the end.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter().position(|(known, _)| known == name) {
            Some(at) => {
                self.0[at].1 = value.into();
                let mut index = 0;
                self.0.retain(|(known, _)| {
                    index += 1;
                    known != name || index == at + 1
                });
            }
            None => self.0.push((name.to_owned(), value.into())),
        }
    }

    /// Removes the parameter.
    pub fn omit(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Adds the parameter at the end, even if it is already there.
    pub fn repeat(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Adds all parameters of another list, replacing those of the same names.
    pub fn overwrite(&mut self, other: &Self) {
        let mut seen = Vec::new();
        for (name, value) in other.iter() {
            match seen.contains(&name) {
                true => self.repeat(name, value),
                false => self.set(name, value),
            }
            seen.push(name);
        }
    }

    /// The first value of the parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every value of the parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parameters as `application/x-www-form-urlencoded` text (RFC6749 Appendix B).
    pub fn encode(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.encoding_override(Some(&bytes)).extend_pairs(self.iter()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// The bytes of a value as sent.
fn bytes(value: &str) -> Cow<'_, [u8]> {
    let mut parts = value.split(NO_TEXT);
    let first = parts.next().unwrap_or_default();
    if first.len() == value.len() {
        return Cow::Borrowed(value.as_bytes());
    }
    let mut bytes = first.as_bytes().to_vec();
    for part in parts {
        bytes.push(0xFF);
        bytes.extend(part.as_bytes());
    }
    Cow::Owned(bytes)
}

/// The words of a scope in a fixed order: it is a set, and some servers return it in any order
/// (RFC6749 §3.3).
pub fn in_order(scope: &str) -> String {
    let mut words: Vec<_> = scope.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

/// A lifetime in seconds as it was granted: some servers subtract the time that passed while they
/// answered.
pub fn as_granted(seconds: u64) -> u64 {
    seconds.div_ceil(10) * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_that_passed_is_part_of_a_lifetime() {
        assert_eq!([0, 299, 300, 3599].map(as_granted), [0, 300, 300, 3600]);
    }

    #[test]
    fn a_byte_that_is_no_text_is_written_as_one() {
        let params: Params = [("a", format!("b{NO_TEXT}c d"))].into_iter().collect();
        assert_eq!(params.encode(), "a=b%FFc+d");
    }

    #[test]
    fn a_parameter_can_be_set_left_out_and_repeated() {
        let mut params: Params = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        params.set("a", "4");
        assert_eq!(params.encode(), "a=4&b=2");
        params.repeat("b", "5 &");
        assert_eq!(params.encode(), "a=4&b=2&b=5+%26");
        params.omit("b");
        assert_eq!(params.encode(), "a=4");
        params.overwrite(&Params::parse("c=6&a=7&c=8"));
        assert_eq!(params.encode(), "a=7&c=6&c=8");
        assert_eq!(Params::parse("x=%C3%A5&x=+").all("x").collect::<Vec<_>>(), ["å", " "]);
    }
}
