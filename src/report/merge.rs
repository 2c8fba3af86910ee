//! Merges the parts of a run. The result is that of an equivalent complete run.

use std::collections::{BTreeMap, BTreeSet};

use super::case_entry::CaseEntry;
use super::format_version::FormatVersion;
use super::modules::ModuleResult;
use super::part::{Part, Watched};
use super::results::Results;
use crate::run::Verdict;

/// A merged run.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Its results.
    pub results: Results,
    /// For each case, the index of the part with its evidence.
    pub from: Vec<usize>,
}

/// Merges the parts of a run.
///
/// Each case is in one part. All parts check every invariant, and a run reports the first
/// answer that breaks it: in the valid flows, which all parts have, then in the order of the cases. So
/// the finding comes from the part whose case comes first; without a finding, the invariant holds if any
/// part has seen a relevant answer.
///
/// # Errors
/// If they are not parts of the same run, or parts are missing or duplicated.
pub fn merge(parts: &[Results]) -> Result<Merged, String> {
    let (first, parts) = fitting(parts)?;
    let place: BTreeMap<_, _> =
        first.order.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let (mut cases, mut from, mut drifted) = (Vec::new(), Vec::new(), Vec::new());
    let mut stale: Vec<_> = parts.iter().flat_map(|(it, _)| it.stale.iter().cloned()).collect();
    for id in &first.order {
        let found = parts.iter().enumerate().filter_map(|(index, (results, part))| {
            let case = results.cases.iter().find(|case| case.id == *id)?;
            Some(Found { index, case, watched: part.invariants.get(id) })
        });
        let found: Vec<_> = found.collect();
        let chosen = match found.as_slice() {
            [] => return Err(format!("no part has run {id}")),
            [one] => one,
            several if several.iter().all(|it| it.watched.is_some()) => first_of(several, &place),
            _ => return Err(format!("two parts have run {id}")),
        };
        stale.extend(chosen.watched.iter().flat_map(|watched| watched.stale.iter().cloned()));
        if parts[chosen.index].0.drifted.contains(id) {
            drifted.push(id.clone());
        }
        cases.push(chosen.entry());
        from.push(chosen.index);
    }
    // By case, and within a case in the order of the file.
    stale.sort_by(|one, other| one.split(',').next().cmp(&other.split(',').next()));
    let results = joined(&parts, cases, drifted);
    Ok(Merged { results: Results { stale, ..results }, from })
}

type Fitting<'a> = Vec<(&'a Results, &'a Part)>;

/// The parts in order, if they are all of the same run.
fn fitting(all: &[Results]) -> Result<(&Part, Fitting<'_>), String> {
    let mut parts = Vec::new();
    for results in all {
        let part = results.partition.as_ref();
        let whole = || "is not part of a run: create it with `authspec run --partition`".to_owned();
        parts.push((results, part.ok_or_else(whole)?));
    }
    let (one, first) = *parts.first().ok_or("there is nothing to merge")?;
    for (other, part) in &parts {
        let differs = [
            ("issuer", &one.target.issuer, &other.target.issuer),
            ("ruleset", &one.ruleset, &other.ruleset),
            ("version of authspec", &one.tool.version, &other.tool.version),
        ];
        if let Some((what, one, other)) = differs.into_iter().find(|(_, one, other)| one != other) {
            return Err(format!(
                "its parts are from different runs: the {what} is {one} and {other}"
            ));
        }
        if one.target.version != other.target.version {
            return Err(
                "its parts are from different runs: the version of the server differs".to_owned()
            );
        }
        if first.count != part.count {
            let (one, other) = (first.count, part.count);
            return Err(format!("its parts are from different runs: one of {one}, one of {other}"));
        }
        if first.order != part.order {
            return Err("its parts are from different runs: their cases differ".to_owned());
        }
    }
    let mut seen = BTreeSet::new();
    if let Some((_, twice)) = parts.iter().find(|(_, part)| !seen.insert(part.index)) {
        return Err(format!("the part {}/{} was given twice", twice.index, twice.count));
    }
    let missing: Vec<_> = (1..=first.count)
        .filter(|index| !seen.contains(index))
        .map(|index| format!("{index}/{}", first.count))
        .collect();
    match missing.is_empty() {
        true => Ok((first, parts)),
        false => Err(format!("missing: {}", missing.join(", "))),
    }
}

/// A case in a part.
#[derive(Clone, Copy)]
struct Found<'a> {
    index: usize,
    case: &'a CaseEntry,
    watched: Option<&'a Watched>,
}

impl Found<'_> {
    fn is_seen(&self) -> bool {
        self.watched.is_none_or(|watched| watched.unseen.is_none())
    }

    /// The result that a complete run would have for it.
    fn entry(&self) -> CaseEntry {
        let unseen = self.watched.and_then(|watched| watched.unseen.as_ref());
        match unseen {
            Some(unseen) => {
                let (verdict, reason) = (unseen.verdict, unseen.reason.clone());
                CaseEntry { verdict, reason, ..self.case.clone() }
            }
            None => self.case.clone(),
        }
    }
}

/// Combines what the parts have seen of an invariant.
fn first_of<'a>(found: &'a [Found<'a>], place: &BTreeMap<&str, usize>) -> &'a Found<'a> {
    let broken = found.iter().filter(|it| !it.case.findings.is_empty());
    let at = |it: &&Found<'_>| {
        let case = it.watched.and_then(|watched| watched.broken_in.as_deref());
        case.and_then(|case| place.get(case)).map(|place| place + 1)
    };
    // None, which means a valid flow, comes before all cases.
    let broken = broken.min_by_key(at);
    broken.or_else(|| found.iter().find(|it| it.is_seen())).unwrap_or(&found[0])
}

fn joined(parts: &Fitting<'_>, cases: Vec<CaseEntry>, drifted: Vec<String>) -> Results {
    let one = parts[0].0;
    let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let each = || parts.iter().map(|(results, _)| *results);
    Results {
        format_version: FormatVersion,
        tool: one.tool.clone(),
        target: one.target.clone(),
        at: each().map(|it| it.at.clone()).max().unwrap_or_default(),
        run: each().map(|it| it.run.as_str()).collect::<Vec<_>>().join("+"),
        duration_ms: each().map(|it| it.duration_ms).sum(),
        whole: parts.iter().all(|(_, part)| part.complete),
        partition: None,
        ruleset: one.ruleset.clone(),
        strict: each().any(|it| it.strict),
        waits: each().map(|it| it.waits).sum(),
        summary: Verdict::ALL.iter().map(|verdict| (*verdict, count(*verdict))).collect(),
        stale: Vec::new(),
        drifted,
        modules: one
            .modules
            .iter()
            .map(|it| ModuleResult::new(it.module.clone(), &cases))
            .collect(),
        cases,
    }
}
