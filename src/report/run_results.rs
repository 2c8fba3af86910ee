//! Creates the results of a run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::bless::is_race;
use super::case_entry::CaseEntry;
use super::case_evidence::{findings, retried};
use super::format_version::FormatVersion;
use super::outcome::Tally;
use super::part::{Part, Unseen, Watched};
use super::recorder::redacted_text;
use super::results::{NAME, Results, Tested, Tool};
use super::user_files::UserFiles;
use crate::run::{CaseResult, Partition, Plan, PlanKind, Run, Verdict};
use crate::target::Target;
use crate::wire::without_credentials;

/// The redacted results of a run, complete (`whole`) or not, with its duration.
pub fn results(
    run: &Run,
    ruleset: &str,
    whole: bool,
    tally: &Tally,
    all: &[Arc<CaseResult>],
    took: Duration,
) -> Results {
    Results {
        run: run.id.clone(),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        whole,
        waits: run.waits(),
        stale: tally.stale.clone(),
        drifted: tally.drifted.clone(),
        ..of_cases(&run.target, ruleset, all.iter().map(|result| entry(result)).collect())
    }
}

/// The results of a run whose server did not start, with the reason.
pub fn untried(target: &Target, ruleset: &str, plans: &[Plan], why: &str) -> Results {
    let entry = |plan: &Plan| {
        let (verdict, reason) = match &plan.what {
            PlanKind::NotApplicable(why) => (Verdict::NotApplicable, why.as_str()),
            _ => (Verdict::Inconclusive, why),
        };
        CaseEntry {
            id: plan.id.clone(),
            client: plan.client().map(str::to_owned),
            verdict,
            level: plan.level,
            cites: plan.requirements.iter().map(|requirement| requirement.cite.clone()).collect(),
            agent: None,
            duration_ms: 0,
            reason: Some(reason.to_owned()),
            retried: None,
            rounds: None,
            sometimes: false,
            broken_in: None,
            findings: Vec::new(),
        }
    };
    of_cases(target, ruleset, plans.iter().map(entry).collect())
}

/// The results of these cases, without data about the run.
fn of_cases(target: &Target, ruleset: &str, cases: Vec<CaseEntry>) -> Results {
    let (name, version) = (target.name.clone(), target.version.clone());
    let issuer = without_credentials(&target.issuer.text);
    let results = Results {
        format_version: FormatVersion,
        tool: Tool { name: NAME.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        target: Tested { name, version, issuer, files: UserFiles::of(target) },
        run: String::new(),
        at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        duration_ms: 0,
        whole: false,
        partition: None,
        ruleset: ruleset.to_owned(),
        strict: false,
        waits: 0,
        summary: BTreeMap::new(),
        stale: Vec::new(),
        drifted: Vec::new(),
        cases,
        modules: Vec::new(),
    };
    results.counted()
}

fn entry(result: &CaseResult) -> CaseEntry {
    CaseEntry {
        id: result.plan.id.clone(),
        client: result.plan.client().map(str::to_owned),
        verdict: result.judged.verdict,
        level: result.plan.level,
        cites: result
            .plan
            .requirements
            .iter()
            .map(|requirement| requirement.cite.clone())
            .collect(),
        agent: result.agent,
        duration_ms: result.duration_ms,
        reason: result.judged.reason.as_ref().map(|reason| redacted_text(&result.names, reason)),
        retried: retried(result),
        rounds: result.transcript.raced.map(|raced| raced.rounds),
        sometimes: is_race(result) || result.known.iter().any(|known| known.sometimes),
        broken_in: result.broken_in.clone(),
        findings: findings(result),
    }
}

impl Part {
    /// The data of a part with these results. Stale entries about invariants are removed from the tally, as
    /// another part may have seen the deviation.
    pub fn new(
        partition: Partition,
        run: &Run,
        order: &[String],
        complete: bool,
        tally: &mut Tally,
        results: &[Arc<CaseResult>],
    ) -> Self {
        let mut invariants = BTreeMap::new();
        for result in results.iter().filter(|result| result.plan.is_invariant()) {
            let of_it = |stale: &String| tally_names(stale, &result.plan.id);
            let stale = tally.stale.extract_if(.., |stale| of_it(stale)).collect();
            let unseen = result.unseen.as_ref().map(|judged| Unseen {
                verdict: judged.verdict,
                reason: judged.reason.as_ref().map(|reason| redacted_text(&result.names, reason)),
            });
            let watched = Watched { broken_in: result.broken_in.clone(), unseen, stale };
            invariants.insert(result.plan.id.clone(), watched);
        }
        let complete = complete && run.endpoints.is_ok();
        let Partition { index, count } = partition;
        Self { index, count, complete, order: order.to_vec(), invariants }
    }
}

/// Whether a stale entry is about this case: it has the case's name, and possibly a finding after it.
fn tally_names(stale: &str, id: &str) -> bool {
    stale.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}
