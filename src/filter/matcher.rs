//! Matchers: how a name is compared with what is written in parentheses.

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

/// How a name is compared.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// `=text`: it is this.
    Exact(String),
    /// `~text`: it contains this.
    Contains(String),
    /// `/text/`: the regular expression is found in it.
    Regex(Regex),
    /// `#text`: the glob pattern fits all of it.
    Glob(GlobMatcher),
}

impl Matcher {
    /// A glob pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn glob(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text).backslash_escape(true).build();
        glob.map(|glob| Self::Glob(glob.compile_matcher())).map_err(|it| it.kind().to_string())
    }

    /// A regular expression.
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

    /// Whether the name is one that is meant.
    pub fn fits(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => name == text,
            Self::Contains(text) => name.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(name),
            Self::Glob(glob) => glob.is_match(name),
        }
    }

    /// The text that was written, without what says how it is compared.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Contains(text) => text,
            Self::Regex(regex) => regex.as_str(),
            Self::Glob(glob) => glob.glob().glob(),
        }
    }
}
