//! A run: tries every case once, in any order, and makes what they share once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime};

use tokio::sync::{OnceCell, watch};

use super::case_result::{CaseResult, Timing};
use super::confidence::{Elsewhere, Rounds};
use super::control::{Control, ControlOutcome};
use super::controls::Controls;
use super::discover::Endpoints;
use super::feature::NO_REGISTRATION;
use super::gateway::Gateway;
use super::health::{Health, Notice};
use super::isolation::Isolation;
use super::listeners::Listeners;
use super::memory_budget::MemoryBudget;
use super::perform::PerformContext;
use super::plan::{LEAVES_CLIENTS, Plan, PlanKind};
use super::received::name_received;
use super::samples::Samples;
use super::secrets::name_secrets;
use super::shared::Shared;
use super::transcript::Transcript;
use super::trial::Tried;
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::agent::{Agent, AgentKind, SlotGuard};
use crate::oauth::names::ACR_VALUES_SUPPORTED;
use crate::suite::Case;
use crate::target::{Client, Known, Target, User};
use crate::wire::{Http, LongLivedSecrets, Names, timed};

/// A run against one target.
pub struct Run {
    /// Identifies the run: the time at which it began (RFC3339).
    pub id: String,
    /// The target.
    pub target: Target,
    /// What is tried.
    pub plans: Vec<Plan>,
    /// The endpoints, or why nothing can be tried.
    pub endpoints: Result<Endpoints, String>,
    /// Whether the remaining cases are tried in a run of their own.
    pub is_part: bool,
    /// How many of the first cases are all in this run, so that work for one can be used for
    /// others.
    pub all_of: usize,
    pub(super) http: Arc<Http>,
    pub(super) agent: Agent,
    pub(super) controls: Controls,
    listeners: Listeners,
    samples: Samples,
    /// Held by cases so that none revokes what another was given.
    pub(super) isolation: Isolation,
    /// The number of rounds of each race.
    pub(super) raced: Rounds,
    pub(super) shared: Shared,
    results: Vec<OnceCell<Arc<CaseResult>>>,
    pub(super) health: Health,
    /// The codes and tokens of all cases.
    long_lived: LongLivedSecrets,
    /// Where every case starts from.
    names_of_target: OnceLock<Names>,
    pub(super) gateway: Gateway,
    /// How much of the answers may still be kept.
    pub(super) memory: MemoryBudget,
    /// The clients that cases have registered and that could not be deleted.
    leftovers: AtomicUsize,
    begin: Instant,
    /// How many cases are in progress.
    under_way: watch::Sender<usize>,
}

impl Run {
    /// Creates a run of these plans.
    pub fn new(
        target: Target,
        plans: Vec<Plan>,
        endpoints: Result<Endpoints, String>,
        http: Arc<Http>,
        agent: Agent,
    ) -> Self {
        let results = plans.iter().map(|_| OnceCell::new()).collect();
        let isolation = Isolation::of(&target.clients);
        Self {
            id: humantime::format_rfc3339_micros(SystemTime::now()).to_string(),
            target,
            plans,
            endpoints,
            is_part: false,
            all_of: 0,
            listeners: Listeners::with(http.network().own_authority.clone()),
            http,
            agent,
            controls: Controls::default(),
            samples: Samples::default(),
            isolation,
            raced: Rounds::default(),
            shared: Shared::default(),
            results,
            health: Health::default(),
            long_lived: LongLivedSecrets::default(),
            names_of_target: OnceLock::new(),
            gateway: Gateway::default(),
            memory: MemoryBudget::default(),
            leftovers: AtomicUsize::default(),
            begin: Instant::now(),
            under_way: watch::Sender::new(0),
        }
    }

    /// The number of requests sent outside of the browser.
    pub fn requests(&self) -> usize {
        self.http.count()
    }

    /// How often the server asked to wait.
    pub fn waits(&self) -> usize {
        self.http.waits()
    }

    /// Notices that were not shown yet.
    pub fn notices(&self) -> Vec<Notice> {
        let of_agent = self.agent.notices().into_iter();
        let of_agent = of_agent.map(|text| Notice { text, is_to_mend: false });
        self.health.notices().into_iter().chain(of_agent).collect()
    }

    /// How often the server failed by chance: it did not answer, or answered with an error.
    pub fn stumbles(&self) -> usize {
        self.http.stumbles()
    }

    /// How many clients were registered for cases and could not be deleted.
    pub fn left_registered(&self) -> usize {
        self.leftovers.load(Ordering::Relaxed)
    }

    /// How many cases may be tried at the same time, of at most `jobs`: each failure halves it.
    pub fn at_once(&self, jobs: usize) -> usize {
        (jobs >> self.stumbles().min(16)).max(1)
    }

    /// How many seconds the server's clock is ahead of the local one, if that is a minute or more.
    pub fn ahead(&self) -> Option<i64> {
        self.http.ahead()
    }

    /// The agent of the run.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The result of the plan with this number, which the first caller computes.
    ///
    /// An invariant checks everything seen so far: ask for it last.
    pub async fn result(&self, index: usize) -> Arc<CaseResult> {
        let make = async {
            let _under_way = self.count(index);
            let start = Instant::now();
            // On the heap, as cases nest deeply and the stack is small.
            let (mut result, spans) = timed(Box::pin(self.make(index))).await;
            result.timing = Timing { begin: start - self.begin, spans };
            let took = result.timing.took().as_millis();
            result.duration_ms = u64::try_from(took).unwrap_or(u64::MAX);
            self.apply_known(&mut result);
            self.memory.keep(&mut result);
            Arc::new(result)
        };
        Arc::clone(self.results[index].get_or_init(|| make).await)
    }

    /// The result of the plan with this number, if it is ready.
    pub fn finished(&self, index: usize) -> Option<Arc<CaseResult>> {
        self.results[index].get().cloned()
    }

    /// The result of the plan with this number if it was never requested, and why.
    pub fn untried(&self, index: usize, why: &str) -> CaseResult {
        self.bare(&self.plans[index], Judged::inconclusive(why))
    }

    /// The numbers of the plans that are cases.
    pub fn cases(&self) -> impl Iterator<Item = usize> {
        let is_case = |index: &usize| !matches!(self.plans[*index].what, PlanKind::Invariant(_));
        (0..self.plans.len()).filter(is_case)
    }

    /// Counts a case as in progress until the returned value is dropped. Invariants do not count.
    fn count(&self, index: usize) -> Option<InProgress<'_>> {
        let is_case = !matches!(self.plans[index].what, PlanKind::Invariant(_));
        is_case.then(|| {
            self.under_way.send_modify(|count| *count += 1);
            InProgress(&self.under_way)
        })
    }

    /// Waits for all cases that were requested.
    pub async fn finish_cases(&self) {
        let mut changes = self.under_way.subscribe();
        // The run owns the sender, so waiting cannot fail.
        let _ = changes.wait_for(|count| *count == 0).await;
    }

    async fn make(&self, index: usize) -> CaseResult {
        let plan = &self.plans[index];
        let bare = |judged| self.bare(plan, judged);
        let endpoints = match &self.endpoints {
            Ok(endpoints) => endpoints,
            Err(why) => return bare(Judged::inconclusive(why)),
        };
        if let Some(why) = self.health.over(&self.http) {
            return bare(Judged::inconclusive(why));
        }
        match &plan.what {
            PlanKind::NotApplicable(why)
                if why == LEAVES_CLIENTS && endpoints.registration.is_none() =>
            {
                bare(Judged::not_applicable(NO_REGISTRATION))
            }
            PlanKind::NotApplicable(why) => bare(Judged::not_applicable(why)),
            PlanKind::Invariant(invariant) => self.invariant(plan, invariant, endpoints).await,
            PlanKind::Case { case, .. } => {
                if case.takes_browser() && self.agent.kind() == AgentKind::Forms {
                    let why = "it needs a real browser: run with --agent hybrid";
                    return bare(Judged::not_applicable(why));
                }
                self.as_any(plan, endpoints).await
            }
        }
    }

    /// The result of a plan for which nothing was done.
    pub(super) fn bare(&self, plan: &Plan, judged: Judged) -> CaseResult {
        CaseResult {
            plan: plan.clone(),
            judged,
            transcript: Transcript::default(),
            values: None,
            names: self.names(),
            agent: None,
            duration_ms: 0,
            timing: Timing::default(),
            known: Vec::new(),
            broken_in: None,
            unseen: None,
        }
    }

    /// The result of a case as one client, and whether the valid flows that it depends on were
    /// refused.
    pub(super) async fn case(
        &self,
        plan: &Plan,
        case: &Case,
        values: Values,
        ends: &Endpoints,
    ) -> (CaseResult, bool) {
        if case.pauses() {
            let aside = Box::pin(self.case_in_turn(plan, case, values.anew(), ends, true)).await;
            // Anything else may be due to a case that ran during the pause.
            if aside.0.judged.verdict == Verdict::Pass {
                return aside;
            }
        }
        Box::pin(self.case_in_turn(plan, case, values, ends, false)).await
    }

    /// The same, `aside` from other cases while it pauses or not.
    async fn case_in_turn(
        &self,
        plan: &Plan,
        case: &Case,
        mut values: Values,
        ends: &Endpoints,
        aside: bool,
    ) -> (CaseResult, bool) {
        if case.compares_values() {
            values.other = values.other.or_else(|| self.another(&values.client));
        }
        let clients = [Some(&values.client), values.other.as_ref()];
        // Those that step aside do not count among the cases that run at once, so they run alone.
        let turn = self.isolation.turn(case.voids() || aside, clients).await;
        if let Some(why) = self.health.over(&self.http) {
            // This was not yet known when the case began to wait.
            return (self.bare(plan, Judged::inconclusive(why)), false);
        }
        let slot = self.agent.slot();
        let control = self.controls_of(case, &values, ends, &slot).await;
        values.introspector.clone_from(&control.values.introspector);
        let control_outcome = &control.outcome;
        let context = PerformContext { turn: aside.then_some(&turn), ..self.context(ends, &slot) };
        let mut tried = self.tried(plan, case, &mut values, &control, &context).await;
        if case.compares_values() {
            values = self.compared(case, values, control_outcome, &context).await;
            tried.judge_anew(control_outcome, &values);
        }
        let Tried { plan, mut transcript, mut judged } = tried;
        transcript.retried = transcript.retried.or_else(|| control.transcript.retried.clone());
        if *control_outcome == ControlOutcome::Works {
            if control.is_new {
                self.gateway.works(&values.client, std::iter::empty());
            }
            if !case.is_unchanged() {
                let look = self.check_again(case, &values, &transcript, judged, &context);
                judged = Box::pin(look).await;
            }
        }
        let is_plain = case.steps.iter().all(|step| step.change.is_none());
        if (judged.verdict == Verdict::Inconclusive || is_plain)
            && let Some(why) = control.unclaimed(ends)
        {
            judged = Judged::not_applicable(why);
        }
        if let Some(raced) = transcript.raced {
            self.raced.add(&case.id, raced.rounds);
            judged.reason = Some(raced.sentence());
        } else if case.races() && judged.verdict == Verdict::Fail {
            self.raced.lose(&case.id);
        }
        self.health.listen(&transcript, &control, &self.http, ends).await;
        let both = [(&values, &transcript), (&control.values, &control.transcript)];
        let names = self.names_in(case, both);
        let agent = transcript.agent();
        let values = Some(values);
        let is_refused = matches!(control_outcome, ControlOutcome::Refused { .. });
        (CaseResult { transcript, values, names, agent, ..self.bare(&plan, judged) }, is_refused)
    }

    /// The result of a case without its control.
    async fn tried(
        &self,
        plan: &Plan,
        case: &Case,
        values: &mut Values,
        control: &Control,
        context: &PerformContext<'_>,
    ) -> Tried {
        let control_outcome = &control.outcome;
        if let ControlOutcome::Blocked { .. } = control_outcome {
            return Tried::judge(plan, case, control_outcome, Transcript::default(), values);
        }
        if case.is_unchanged() {
            // The case is the control: it is not run twice.
            *values = control.values.clone();
            return Tried::judge(plan, case, control_outcome, control.transcript.clone(), values);
        }
        let (ready, elsewhere) = match control_outcome {
            ControlOutcome::Works => (
                self.on_shared_flow(case, values, context).await,
                self.elsewhere(plan, case, context),
            ),
            _ => (None, Elsewhere::default()),
        };
        let trial = context.trial(plan, case, values, control_outcome, (ready, elsewhere));
        let mut tried = Box::pin(trial).await;
        if tried.transcript.may_be_crash() && *control_outcome == ControlOutcome::Works {
            let after = self.controls.again(&case.flow(), values.anew(), context).await;
            tried.transcript.is_crash = after.outcome == ControlOutcome::Works;
            tried.judge_anew(control_outcome, values);
        }
        tried
    }

    /// The values of a case, with those of other flows if it compares them.
    async fn compared(
        &self,
        case: &Case,
        values: Values,
        control_outcome: &ControlOutcome,
        context: &PerformContext<'_>,
    ) -> Values {
        if !case.compares_values() || *control_outcome != ControlOutcome::Works {
            return values;
        }
        let samples = self.samples.of(case.flow(), &values, context).await;
        let theirs = self.of_another(case.flow(), &values, context).await;
        values.with_samples(samples, theirs)
    }

    /// What is redacted in a case and its control.
    fn names_in(&self, case: &Case, both: [(&Values, &Transcript); 2]) -> Names {
        let mut names = self.names();
        both[0].0.name_made(case, &mut names);
        for (values, transcript) in both {
            values.name(&mut names);
            name_received(transcript, &mut names);
        }
        names
    }

    pub(super) fn values(&self, client: &Client, other: Option<&Client>, user: &User) -> Values {
        let acrs =
            self.endpoints.as_ref().ok().and_then(|it| it.metadata.list(ACR_VALUES_SUPPORTED));
        let acrs = acrs.unwrap_or_default();
        // Nobody who cares for a class would ask for 0, which means none (OpenID.Core §2).
        let acr = acrs.iter().find(|acr| **acr != "0").or(acrs.first()).copied();
        Values::new(&self.target.issuer.text, client.clone(), other.cloned(), user.clone())
            .with_acr(acr)
            .with_initial_token(self.target.registration_token.as_deref())
    }

    pub(super) fn context<'a>(
        &'a self,
        endpoints: &'a Endpoints,
        slot: &'a SlotGuard<'a>,
    ) -> PerformContext<'a> {
        let (http, target) = (&self.http, &self.target);
        let (listeners, leftovers) = (&self.listeners, &self.leftovers);
        PerformContext { http, slot, endpoints, target, listeners, leftovers, turn: None }
    }

    /// Reports a deviation that the target file lists as known, with its reason.
    fn apply_known(&self, result: &mut CaseResult) {
        let CaseResult { plan, names, judged, unseen, known: all, .. } = result;
        for judged in std::iter::once(judged).chain(unseen) {
            let seen = |entry: &&Known| is_seen(entry, judged, names);
            let known: Vec<_> = plan.known(&self.target).filter(seen).cloned().collect();
            if let Some(entry) = known.first() {
                judged.verdict = Verdict::Known;
                judged.reason = Some(entry.reason.clone());
            }
            all.extend(known);
        }
    }

    /// What is secret or volatile in every case of this run.
    pub(super) fn names(&self) -> Names {
        let named = || {
            let mut names = Names::beside(&self.long_lived);
            name_secrets(&self.target, &mut names);
            names.shared()
        };
        self.names_of_target.get_or_init(named).clone()
    }
}

struct InProgress<'a>(&'a watch::Sender<usize>);

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Whether what was seen matches the known entry.
fn is_seen(entry: &Known, judged: &Judged, names: &Names) -> bool {
    let fits = |text: &str| names.tell(text).contains(&entry.finding);
    match judged.verdict {
        Verdict::Fail | Verdict::Warn => judged.findings.iter().any(|it| fits(&it.actual)),
        // A case can be inconclusive because of what the server does, and this can be known.
        Verdict::Inconclusive => judged.reason.as_deref().is_some_and(fits),
        _ => false,
    }
}
