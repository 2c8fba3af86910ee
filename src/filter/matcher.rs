//! Matchers, which compare a name with the text in parentheses.

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

/// How a name is compared.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// `=text`: equal.
    Exact(String),
    /// `~text`: contains.
    Contains(String),
    /// `/text/`: the regular expression matches a part.
    Regex(Regex),
    /// `#text`: the glob pattern matches the whole name.
    Glob(GlobMatcher),
}

impl Matcher {
    /// Parses a glob pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn glob(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text).backslash_escape(true).build();
        glob.map(|glob| Self::Glob(glob.compile_matcher())).map_err(|it| it.kind().to_string())
    }

    /// Parses a regular expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn regex(text: &str) -> Result<Self, String> {
        Regex::new(text).map(Self::Regex).map_err(|error| {
            let said = error.to_string();
            let why = said.lines().find_map(|line| line.strip_prefix("error: "));
            why.unwrap_or("it is too large").to_owned()
        })
    }

    /// Whether the name matches.
    pub fn fits(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => name == text,
            Self::Contains(text) => name.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(name),
            Self::Glob(glob) => glob.is_match(name),
        }
    }

    /// The text, without the sign of the matcher.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Contains(text) => text,
            Self::Regex(regex) => regex.as_str(),
            Self::Glob(glob) => glob.glob().glob(),
        }
    }
}
