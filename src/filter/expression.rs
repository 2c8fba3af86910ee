//! Filter expressions, and which cases they match.

use std::ops::Range;

use super::catalogue::Catalogue;
use super::matcher::Matcher;
use super::names::{Predicate, names_of, section_names, spec_names, suite_of};
use crate::oauth::Level;
use crate::run::{Plan, Verdict};
use crate::source::Mistake;

/// A filter expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// Every case.
    All,
    /// No case.
    None,
    /// Cases that wait for something to expire.
    Slow,
    /// Cases whose strongest requirement has this level.
    Level(Level),
    /// Cases with this verdict in the last run, and the location in the expression.
    Status(Verdict, Range<usize>),
    /// Cases with a matching name, and the location in the expression.
    Name(Predicate, Matcher, Range<usize>),
    /// Cases that the inner expression does not match.
    Not(Box<Self>),
    /// Cases that both match.
    And(Box<Self>, Box<Self>),
    /// Cases that at least one matches.
    Or(Box<Self>, Box<Self>),
}

impl Expression {
    /// Whether the expression matches the case.
    pub fn fits(&self, plan: &Plan, catalogue: &Catalogue<'_>) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Slow => catalogue.is_slow(plan.case()),
            Self::Level(level) => plan.level == *level,
            Self::Status(verdict, _) => catalogue.verdict(&plan.id) == Some(*verdict),
            Self::Name(predicate, matcher, _) => predicate.fits(matcher, &of(plan, *predicate)),
            Self::Not(other) => !other.fits(plan, catalogue),
            Self::And(one, other) => one.fits(plan, catalogue) && other.fits(plan, catalogue),
            Self::Or(one, other) => one.fits(plan, catalogue) || other.fits(plan, catalogue),
        }
    }

    /// Mistakes: names unknown under every ruleset, which are misspelt, and `status()` without earlier
    /// results.
    pub fn mistakes(&self, catalogue: &Catalogue<'_>) -> Vec<Mistake> {
        match self {
            Self::Name(predicate, matcher, span) => {
                let known = catalogue.names(*predicate);
                let fits = predicate.fits(matcher, &known);
                let wrong = || catalogue.unknown(*predicate, matcher, span.clone());
                (!fits).then(wrong).into_iter().collect()
            }
            Self::Status(_, span) => catalogue.without_results(span.clone()).into_iter().collect(),
            Self::Not(other) => other.mistakes(catalogue),
            Self::And(one, other) | Self::Or(one, other) => {
                [one.mistakes(catalogue), other.mistakes(catalogue)].concat()
            }
            Self::All | Self::None | Self::Slow | Self::Level(_) => Vec::new(),
        }
    }
}

/// The plan's names of this kind.
fn of(plan: &Plan, predicate: Predicate) -> Vec<String> {
    let cites = || plan.requirements.iter().map(|it| &it.cite);
    match predicate {
        Predicate::Suite => vec![suite_of(&plan.id).to_owned()],
        Predicate::Case => names_of(&plan.id),
        Predicate::Spec => cites().flat_map(|cite| spec_names(&cite.specification)).collect(),
        Predicate::Section => cites().flat_map(section_names).collect(),
        Predicate::Client => client_of(plan).into_iter().map(str::to_owned).collect(),
    }
}

/// The client that acts, or would act if the case applied.
fn client_of(plan: &Plan) -> Option<&str> {
    plan.client().or_else(|| Some(plan.id.split_once('@')?.1))
}
