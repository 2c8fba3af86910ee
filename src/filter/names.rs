//! The names of cases, specifications and sections.

use super::matcher::Matcher;
use super::word::spelt;
use crate::oauth::Cite;

/// The kind of name that a predicate compares.
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
    /// The predicate's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Case => "case",
            Self::Spec => "spec",
            Self::Section => "section",
            Self::Client => "client",
        }
    }

    /// Whether the matcher matches one of these names.
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

/// The specification as cited, in lower case, and with a space.
pub(super) fn spec_names(name: &str) -> Vec<String> {
    let blank = name.replacen("RFC", "RFC ", 1);
    vec![name.to_owned(), spelt(name), blank.to_lowercase(), blank]
}

/// The section as cited, and without its specification, with and without the sign.
pub(super) fn section_names(cite: &Cite) -> Vec<String> {
    let section = &cite.section;
    let mut names = vec![section.clone(), format!("§{section}")];
    for spec in spec_names(&cite.specification) {
        names.extend([format!("{spec} §{section}"), format!("{spec} {section}")]);
    }
    names
}
