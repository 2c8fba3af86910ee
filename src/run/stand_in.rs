//! Chooses the client for a case: the first one of its kind that fits and whose valid flow works.

use super::case_result::CaseResult;
use super::discover::Endpoints;
use super::engine::Run;
use super::feature;
use super::plan::{Plan, PlanKind};
use super::unfit;
use super::verdict::{Judged, Verdict};
use crate::target::Client;

impl Run {
    /// Tries a case as its client, and as the others in turn as long as the case is inconclusive
    /// because the valid flow does not work, or does not apply to what a client may do.
    pub(super) async fn as_any(&self, plan: &Plan, ends: &Endpoints) -> CaseResult {
        let (mut first, mut misfits) = (None, Vec::new());
        for what in std::iter::once(&plan.what).chain(&plan.instead) {
            let PlanKind::Case { case, client, other, user } = what else { continue };
            if let Some(judged) = feature::unfit(case, &self.target, client, ends) {
                misfits.push((client.name.as_str(), judged));
                continue;
            }
            let values = self.values(client, other.as_deref(), user);
            let plan = Plan { what: what.clone(), instead: Vec::new(), ..plan.clone() };
            let (result, is_refused) = Box::pin(self.case(&plan, case, values, ends)).await;
            let undecided = [Verdict::Inconclusive, Verdict::NotApplicable];
            if !is_refused || !undecided.contains(&result.judged.verdict) {
                return result;
            }
            first.get_or_insert(result);
        }
        first.unwrap_or_else(|| self.bare(plan, none_fits(misfits)))
    }

    /// Another client that gets codes, whose values are compared too.
    pub(super) fn another(&self, client: &Client) -> Option<Client> {
        let mut others = self.target.clients.iter();
        others.find(|it| it.id != client.id && it.uses_codes()).cloned()
    }
}

/// The judgment of a case that none of these clients fits: what hinders it for the first, or, if it is
/// not applicable to that one, why it is not to each.
fn none_fits(misfits: Vec<(&str, Judged)>) -> Judged {
    let is_moot = |judged: &Judged| judged.verdict == Verdict::NotApplicable;
    if let Some((_, first)) = misfits.first().filter(|(_, first)| !is_moot(first)) {
        return first.clone();
    }
    let moot = misfits.into_iter().filter(|(_, judged)| is_moot(judged));
    let reasons: Vec<_> =
        moot.filter_map(|(client, judged)| Some((client, judged.reason?))).collect();
    match reasons.is_empty() {
        true => Judged::not_applicable("no client fits"),
        false => Judged::not_applicable(unfit::together(&reasons)),
    }
}
