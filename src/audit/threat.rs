//! Threats: what an attacker can do today.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Basis};
use super::case_answer::{CaseAnswer, Reading};
use super::catalogue::Threat;
use super::client::decided;
use super::file::Refused;
use crate::oauth::Cite;
use crate::run::CaseResult;

/// The status of a threat.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ThreatStatus {
    /// An attacker can carry it out.
    Open,
    /// It could not be tested, or not completely.
    Unknown,
    /// An attacker cannot carry it out, as far as the cases test it.
    Closed,
    /// The server does not have the feature that it is about.
    NotApplicable,
}

impl ThreatStatus {
    /// All statuses, in the order of reports.
    pub const ALL: &'static [Self] =
        &[Self::Open, Self::Unknown, Self::Closed, Self::NotApplicable];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
            Self::NotApplicable => "does not apply",
        }
    }
}

impl fmt::Display for ThreatStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A threat and its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreatAudit {
    /// Its id.
    pub id: String,
    /// The section that describes it.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// Its title.
    pub title: String,
    /// What an attacker can do if it is open.
    pub attacker: String,
    /// Its status.
    pub status: ThreatStatus,
    /// Whether closing it goes beyond what OAuth 2.0 requires of a server.
    #[serde(default)]
    pub optional: bool,
    /// The cases that decided it.
    pub evidence: Vec<Basis>,
    /// The smallest change that closes it, if it is open.
    pub change: Option<String>,
}

/// A set of cases and its combined result.
struct Set {
    answer: Answer,
    evidence: Vec<Basis>,
    /// The fixes of the requirements behind its broken cases, without duplicates.
    fixes: Vec<String>,
    broken: usize,
}

/// Reads the status of a threat. Without any client, cases that require one make it unknown.
pub(super) fn threat(threat: &Threat, results: &[&CaseResult], is_blind: bool) -> ThreatAudit {
    let file = &threat.0;
    let sets: Vec<_> = threat.sets().map(|cases| set(threat, &cases, results, is_blind)).collect();
    let any = |answer| sets.iter().find(|set| set.answer == answer);
    let (status, deciding) = if let Some(set) = any(Answer::Yes) {
        (ThreatStatus::Closed, Some(set))
    } else if let Some(set) = any(Answer::Unknown) {
        (ThreatStatus::Unknown, Some(set))
    } else if any(Answer::No).is_some() {
        let open = sets.iter().filter(|set| set.answer == Answer::No);
        (ThreatStatus::Open, open.min_by_key(|set| set.broken))
    } else if file.untried.is_some() {
        (ThreatStatus::Unknown, None)
    } else {
        (ThreatStatus::NotApplicable, sets.first())
    };
    let why = file.untried.iter().map(|why| Basis::of_no_case(why.get_ref()));
    let evidence = deciding.map(|set| set.evidence.clone()).unwrap_or_else(|| why.collect());
    let change = deciding.filter(|_| status == ThreatStatus::Open).map(|set| match &*set.fixes {
        // If only one thing is wrong, its fix is smaller than what closes the whole threat.
        [only] => only.clone(),
        _ => file.change.clone(),
    });
    ThreatAudit {
        id: threat.id().to_owned(),
        cite: file.cite.clone(),
        title: file.title.clone(),
        attacker: file.attacker.clone(),
        status,
        optional: file.optional,
        evidence,
        change,
    }
}

fn set(threat: &Threat, cases: &[&str], results: &[&CaseResult], is_blind: bool) -> Set {
    let refused = if threat.0.brings.is_empty() { Refused::Fine } else { Refused::Yes };
    let reading =
        Reading { brings: &threat.0.brings, refused, is_known: false, is_blind, barred: None };
    let about = results.iter().filter(|result| cases.contains(&result.plan.case()));
    let mut signs: Vec<CaseAnswer> = Vec::new();
    let mut fixes: Vec<String> = Vec::new();
    for result in about {
        let sign = reading.sign(result);
        if sign.answer == Answer::No
            && result.judged.findings.iter().any(|finding| !finding.refused)
            && let Some(fix) =
                result.plan.requirements.iter().find_map(|requirement| requirement.fix.as_ref())
            && !fixes.contains(fix)
        {
            fixes.push(fix.clone());
        }
        signs.push(sign);
    }
    let broken = signs.iter().filter(|sign| sign.answer == Answer::No).count();
    let (answer, evidence) = decided(signs, threat.0.absent.into());
    Set { answer, evidence, fixes, broken }
}
