//! Looks for what always holds in the answers of a run.

use std::pin::Pin;
use std::sync::Arc;

use super::case_result::CaseResult;
use super::control::ControlOutcome;
use super::discover::Endpoints;
use super::engine::Run;
use super::plan::Plan;
use super::received::name_received;
use super::verdict::Judged;
use super::watch::Watch;
use crate::suite::Invariant;

impl Run {
    /// The result of an invariant: looks at the answers of valid flows and of cases that have ended. If it applies to
    /// none of them, a whole run tries cases, until one shows that it is broken.
    pub(super) async fn invariant(
        &self,
        plan: &Plan,
        invariant: &Invariant,
        endpoints: &Endpoints,
    ) -> CaseResult {
        let mut watch = Watch::new(plan, invariant, self.bare(plan, Judged::pass()));
        let mut trouble = None;
        let controls = self.valid_flows(invariant.kind, endpoints).await;
        if controls.is_empty() {
            let why = format!("no client uses {}", invariant.kind.name());
            return self.bare(plan, Judged::not_applicable(why));
        }
        for control in controls {
            let mut names = self.names();
            control.values.name(&mut names);
            name_received(&control.transcript, &mut names);
            watch.look(&control.transcript, &[], &control.values, &names);
            if let ControlOutcome::Blocked { why, .. } | ControlOutcome::Refused { why, .. } =
                control.outcome
            {
                trouble = Some(why);
            }
        }
        let finished = (0..self.plans.len()).filter_map(|index| self.finished(index));
        finished.for_each(|other| watch.look_at(&other));
        if !watch.has_seen() && !self.is_part {
            // Only cases produce such answers, and none of them was requested yet.
            for witness in self.cases() {
                if watch.has_found() {
                    break;
                }
                watch.look_at(&*self.witness(witness).await);
            }
        }
        watch.end(trouble, self.is_part)
    }

    /// The result of a case, for an invariant. An invariant is not a case, so this does not
    /// recurse.
    fn witness(&self, index: usize) -> Pin<Box<dyn Future<Output = Arc<CaseResult>> + Send + '_>> {
        Box::pin(self.result(index))
    }
}
