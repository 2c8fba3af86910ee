//! The names that cases, specifications and sections go by.

use super::matcher::Matcher;
use super::word::spelt;
use crate::oauth::Cite;

/// What is asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// The suite.
    Suite,
    /// The case, with or without its suite and client.
    Case,
    /// The specification of a requirement in force.
    Spec,
    /// The section of a requirement in force, with or without the specification.
    Section,
    /// The client that acts.
    Client,
}

impl Predicate {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Case => "case",
            Self::Spec => "spec",
            Self::Section => "section",
            Self::Client => "client",
        }
    }

    /// Whether one of these names is meant.
    pub(super) fn fits(self, matcher: &Matcher, names: &[String]) -> bool {
        names.iter().any(|name| matcher.fits(name))
    }
}

/// The suite of a case.
pub(super) fn suite_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// The case with its suite and client, without the client, and alone.
pub(super) fn names_of(id: &str) -> Vec<String> {
    let case = id.split('@').next().unwrap_or(id);
    let alone = case.split_once('/').map_or(case, |(_, alone)| alone);
    [id, case, alone].map(str::to_owned).to_vec()
}

/// The specification as it is cited, in small letters, and with a blank.
pub(super) fn spec_names(name: &str) -> Vec<String> {
    let blank = name.replacen("RFC", "RFC ", 1);
    vec![name.to_owned(), spelt(name), blank.to_lowercase(), blank]
}

/// The section as it is cited, and alone, with and without its sign.
pub(super) fn section_names(cite: &Cite) -> Vec<String> {
    let section = &cite.section;
    let mut names = vec![section.clone(), format!("§{section}")];
    for spec in spec_names(&cite.specification) {
        names.extend([format!("{spec} §{section}"), format!("{spec} {section}")]);
    }
    names
}
