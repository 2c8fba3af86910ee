//! Compares two runs of a target case by case: what broke, what was fixed, and what is no longer
//! tested.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::oauth::names::EXPIRES_IN;
use crate::oauth::params::as_granted;
use crate::report::case_entry::{CaseEntry, FindingEntry};
use crate::report::format_version::FormatVersion;
use crate::report::results::Results;
use crate::run::Verdict;

/// How a case changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseChange {
    /// It fails now, and did not before.
    Broken,
    /// It warns now, and neither failed nor warned before.
    Warned,
    /// It is inconclusive now, and was not before, which is neither good nor bad.
    NotSeen,
    /// It is no longer run: the case does not exist, or no longer applies.
    Gone,
    /// It passes now, and failed, warned or was a known deviation before.
    Mended,
    /// Its verdict changed in any other way.
    Changed,
    /// Its verdict is the same, but what was seen differs.
    Drifted,
    /// It did not exist before.
    New,
}

impl CaseChange {
    const ALL: &'static [Self] = &[
        Self::Broken,
        Self::Warned,
        Self::NotSeen,
        Self::Gone,
        Self::Mended,
        Self::Changed,
        Self::Drifted,
        Self::New,
    ];
}

impl fmt::Display for CaseChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Broken => "newly broken",
            Self::Warned => "newly warned of",
            Self::NotSeen => "no longer tested",
            Self::Gone => "gone",
            Self::Mended => "fixed",
            Self::Changed => "changed",
            Self::Drifted => "drifted",
            Self::New => "new",
        })
    }
}

/// A case that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// `suite/case`, with `@client` appended if each client runs it.
    pub id: String,
    /// How it changed.
    pub became: CaseChange,
    /// Its verdict before; none if it is new.
    pub before: Option<Verdict>,
    /// Its verdict now; none if it no longer exists.
    pub now: Option<Verdict>,
    /// The first section that requires it, with its level.
    pub requirement: String,
    /// What was seen before, or why nothing was seen.
    pub seen_before: Vec<String>,
    /// What was seen now, or why nothing was seen.
    pub seen_now: Vec<String>,
}

/// The comparison of two runs of a target, of which one may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The target's name.
    pub target: String,
    /// How the runs themselves differ, or are incomplete, as background for the comparison of
    /// cases.
    pub notes: Vec<String>,
    /// The cases that changed, the worst first.
    pub differences: Vec<Difference>,
    /// The number of unchanged cases.
    pub same: usize,
}

impl Comparison {
    /// Compares the runs of all targets on either side, in the order of the new side.
    pub fn all(old: &[Results], new: &[Results]) -> Vec<Self> {
        let of = |side: &[Results], name: &str| side.iter().position(|it| it.target.name == name);
        let both = new.iter().map(|new| {
            let old = of(old, &new.target.name).map(|index| &old[index]);
            Self::of(old, Some(new))
        });
        let gone = old.iter().filter(|old| of(new, &old.target.name).is_none());
        both.chain(gone.map(|old| Self::of(Some(old), None))).collect()
    }

    fn of(old: Option<&Results>, new: Option<&Results>) -> Self {
        let (before, now) = (cases(old), cases(new));
        let order = new.iter().chain(&old).flat_map(|it| &it.cases).map(|case| case.id.as_str());
        let mut differences = Vec::new();
        let (mut seen, mut same) = (std::collections::BTreeSet::new(), 0);
        for id in order.filter(|id| seen.insert(*id)) {
            match difference(id, before.get(id), now.get(id)) {
                Some(difference) => differences.push(difference),
                None => same += 1,
            }
        }
        differences.sort_by_key(|it| it.became);
        let target = new.or(old).map(|it| it.target.name.clone()).unwrap_or_default();
        Self { format_version: FormatVersion, target, notes: notes(old, new), differences, same }
    }

    /// The cases that changed in this way.
    pub fn which(&self, became: CaseChange) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(move |it| it.became == became)
    }

    /// The changes with their cases, the worst first.
    pub fn parts(&self) -> impl Iterator<Item = (CaseChange, Vec<&Difference>)> {
        let parts = CaseChange::ALL.iter().map(|became| (*became, self.which(*became).collect()));
        parts.filter(|(_, cases): &(_, Vec<_>)| !cases.is_empty())
    }

    /// Whether anything is newly broken.
    pub fn is_broken(&self) -> bool {
        self.which(CaseChange::Broken).next().is_some()
    }
}

/// A case, with the URLs of its server in a form that is the same in every run.
type Seen<'a> = (&'a CaseEntry, Vec<String>);

fn cases(results: Option<&Results>) -> BTreeMap<&str, Seen<'_>> {
    let all = results.into_iter().flat_map(|results| {
        let seen = |case| (case, seen(case, &results.target.issuer));
        results.cases.iter().map(move |case| (case.id.as_str(), seen(case)))
    });
    all.collect()
}

/// What was seen in a case, or why nothing was seen.
fn seen(case: &CaseEntry, issuer: &str) -> Vec<String> {
    let finding = |FindingEntry { step, expected, actual, .. }: &FindingEntry| {
        format!("{step}: {actual}, expected {expected}")
    };
    // Why a deviation is known, or a warning, says nothing about the server.
    let is_word = matches!(case.verdict, Verdict::Inconclusive | Verdict::NotApplicable);
    let reason = case.reason.iter().filter(|_| is_word).cloned();
    let seen = case.findings.iter().map(finding).chain(reason);
    seen.map(|text| with_lifetimes_as_granted(&text.replace(issuer, "[issuer]"))).collect()
}

/// The text with the lifetimes of tokens as they were granted, as in snapshots.
fn with_lifetimes_as_granted(text: &str) -> String {
    let lasts = |word: &str| {
        let (name, seconds) =
            word.split_once('=').filter(|(name, _)| name.ends_with(EXPIRES_IN))?;
        // A comma may follow.
        let digits = seconds.trim_end_matches(',');
        let granted = as_granted(digits.parse().ok()?);
        Some(format!("{name}={granted}{}", &seconds[digits.len()..]))
    };
    let words = text.split(' ').map(|word| lasts(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

fn difference(id: &str, before: Option<&Seen<'_>>, now: Option<&Seen<'_>>) -> Option<Difference> {
    let verdict = |seen: Option<&Seen<'_>>| seen.map(|(case, _)| case.verdict);
    let text = |seen: Option<&Seen<'_>>| seen.map(|(_, text)| text.clone()).unwrap_or_default();
    let (seen_before, seen_now) = (text(before), text(now));
    let sometimes = [before, now].iter().flatten().any(|(case, _)| case.sometimes);
    let is_seen = |verdict| matches!(verdict, Verdict::Pass | Verdict::Known | Verdict::Fail);
    let is_chance = |before, now| sometimes && is_seen(before) && is_seen(now);
    let became = match (verdict(before), verdict(now)) {
        (None, _) => CaseChange::New,
        (_, None) => CaseChange::Gone,
        (Some(before), Some(now)) if before == now => {
            (seen_before != seen_now).then_some(CaseChange::Drifted)?
        }
        (Some(before), Some(now)) => match (is_chance(before, now), became(before, now)) {
            // It is known to occur in some runs only.
            (true, _) if before != Verdict::Fail && now != Verdict::Fail => return None,
            // A race that is not lost this time is not necessarily fixed.
            (true, CaseChange::Mended) => CaseChange::Changed,
            (_, change) => change,
        },
    };
    let (case, _) = now.or(before)?;
    let requirement = format!(
        "{}{}",
        case.cites.first().map(|it| format!("{it} ")).unwrap_or_default(),
        case.level
    );
    let (before, now) = (verdict(before), verdict(now));
    Some(Difference { id: id.to_owned(), became, before, now, requirement, seen_before, seen_now })
}

fn became(before: Verdict, now: Verdict) -> CaseChange {
    match (before, now) {
        (_, Verdict::Fail) => CaseChange::Broken,
        (_, Verdict::Inconclusive) => CaseChange::NotSeen,
        (_, Verdict::NotApplicable) => CaseChange::Gone,
        (Verdict::Fail | Verdict::Warn | Verdict::Known, Verdict::Pass) => CaseChange::Mended,
        (Verdict::Fail, Verdict::Warn) => CaseChange::Changed,
        (_, Verdict::Warn) => CaseChange::Warned,
        _ => CaseChange::Changed,
    }
}

/// How two runs differ, apart from their cases.
fn notes(old: Option<&Results>, new: Option<&Results>) -> Vec<String> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(_), None) => return vec!["the new side has no results of this target".to_owned()],
        _ => return vec!["the old side has no results of this target".to_owned()],
    };
    let version = |it: &Results| it.target.version.clone().unwrap_or_else(|| "unknown".to_owned());
    let differ = [
        ("ruleset", old.ruleset.clone(), new.ruleset.clone()),
        ("version of the server", version(old), version(new)),
        ("version of authspec", old.tool.version.clone(), new.tool.version.clone()),
    ];
    let differ = differ.into_iter().filter(|(_, old, new)| old != new);
    let differ = differ.map(|(what, old, new)| format!("{what}: {old} before, {new} now"));
    let parts = [("old", old), ("new", new)].into_iter().filter(|(_, it)| !it.whole);
    let parts = parts.map(|(side, _)| format!("the {side} run was not complete"));
    let stale = new.stale.iter().filter(|stale| !old.stale.contains(stale));
    let stale = stale.map(|it| format!("newly stale in known.toml: {it}"));
    differ.chain(parts).chain(stale).collect()
}
