//! Shared flows: tries several requests that must be refused on one code or token.
//!
//! Most servers leave a code or token as it was when they refuse a request. Cases of one client
//! that only change the last request of a flow are therefore tried on one flow, followed by the
//! unchanged request. If that is granted, all earlier ones were refused for their changes. If not,
//! each case is tried on a flow of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::perform::PerformContext;
use super::step;
use super::transcript::{Outcome, Transcript};
use super::values::Values;
use crate::suite::{AnyOf, Case, Change, Step, StepKind};
use crate::target::Client;

/// How many cases the first shared flow of a client has, and the minimum for sharing to be
/// worthwhile.
pub(super) const FIRST: usize = 8;
pub(super) const FEWEST: usize = 3;

/// The most cases of a shared flow.
pub(super) const MOST: usize = 32;

/// The time after which no further case is tried on a flow, as its code expires.
const LONGEST: Duration = Duration::from_secs(15);

/// What was tried on shared flows so far.
#[derive(Default)]
pub(super) struct Shared(Mutex<Made>);

#[derive(Default)]
pub(super) struct Made {
    /// By case and client, what happened.
    pub(super) ready: HashMap<(String, String), (Transcript, Values)>,
    /// By client and flow, how many cases the next one may have.
    pub(super) most: HashMap<Key, usize>,
    /// Flows that are not shared, as a refusal invalidates their code or token.
    pub(super) alone: BTreeSet<Key>,
}

/// A client, and the kinds of the steps.
pub(super) type Key = (String, Vec<StepKind>);

/// A case that shares a flow, and the other client that it names.
pub(super) type Member<'a> = (&'a Case, Option<Client>);

impl Shared {
    pub(super) fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether only the last request differs from the valid flow, and leaves the code or token as it
/// was: it must be refused, or only inspects it.
pub(super) fn may_share(case: &Case) -> bool {
    let Some((last, before)) = case.steps.split_last() else { return false };
    let is_plain =
        |step: &Step| step.change.is_none() && step.given.is_none() && step.expect.is_none();
    let is_refused = || last.expect.as_ref().is_some_and(AnyOf::is_refusal);
    let uses = matches!(last.kind, StepKind::Token | StepKind::Refresh);
    let leaves = looks_only(last.kind) || uses && is_refused();
    let is_of_request = |change: &Change| {
        let Change { client, user, wait, pause, parallel, .. } = change;
        client.is_none()
            && user.is_none()
            && wait.is_none()
            && pause.is_none()
            && parallel.is_none()
    };
    leaves
        && before.first().is_some_and(|step| step.kind == StepKind::Authorize)
        && before.iter().all(is_plain)
        && case.steps.iter().map(|step| step.kind).eq(case.flow())
        && last.given.is_none()
        && last.change.as_ref().is_some_and(is_of_request)
        && (case.verifier.is_none() && case.slow.is_none() && case.rounds == 1)
        && !case.compares_values()
}

/// What happened in each of the cases, by id. `None` if it proves nothing, as one was granted or
/// the unchanged request was refused after them.
pub(super) async fn tried_together(
    members: &[Member<'_>],
    mut values: Values,
    context: &PerformContext<'_>,
) -> Option<Vec<(String, (Transcript, Values))>> {
    let (case, _) = members.first()?;
    let (last, before) = case.steps.split_last()?;
    let with = |steps: Vec<Step>| Case { steps, ..(*case).clone() };
    let valid = context.boxed(&with(before.to_vec()), &mut values, false).await;
    let worked = |it: &Transcript, values: &Values| {
        it.steps.iter().all(|step| step::worked(step.kind, &step.outcome, values))
    };
    if !worked(&valid, &values) {
        return None;
    }
    let (mut tried, begin) = (Vec::new(), Instant::now());
    for (case, other) in members {
        if begin.elapsed() > LONGEST {
            break;
        }
        let mut theirs = values.clone();
        theirs.other.clone_from(other);
        let step = with(case.steps.last().into_iter().cloned().collect());
        let mut transcript = context.boxed(&step, &mut theirs, false).await;
        let is_used = |outcome: &Outcome| outcome.is_grant() && !looks_only(last.kind);
        let is_used = transcript.steps.iter().any(|step| is_used(&step.outcome));
        if is_used || context.is_over() || context.is_silent() {
            return None;
        }
        transcript.steps.splice(0..0, valid.steps.iter().cloned());
        // An inconclusive case is tried alone, and one that the server may have failed by chance.
        if transcript.blocked().is_none() && transcript.redirected_at().is_none() {
            tried.push((case.id.clone(), (transcript, theirs)));
        }
    }
    let unchanged = with(vec![Step::unchanged(last.kind.name(), last.kind)]);
    let after = context.boxed(&unchanged, &mut values, false).await;
    worked(&after, &values).then_some(tried)
}

fn looks_only(kind: StepKind) -> bool {
    kind.uses_token() || kind == StepKind::Introspect
}
