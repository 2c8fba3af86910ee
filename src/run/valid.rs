//! The valid flows that cases depend on, and what the run learns from them.

use super::client_check::{self, Checked};
use super::control::{Control, ControlOutcome};
use super::credentials;
use super::discover::Endpoints;
use super::engine::Run;
use super::feature;
use super::perform::PerformContext;
use super::received::name_received;
use super::values::Values;
use crate::agent::SlotGuard;
use crate::suite::{Case, ClientRef, Placeholder, Step, StepKind, Template};
use crate::target::Client;

impl Run {
    /// The unchanged flow of a client, run once more if it timed out.
    async fn control(
        &self,
        flow: Vec<StepKind>,
        values: Values,
        context: &PerformContext<'_>,
    ) -> Control {
        let anew = values.anew();
        let control = self.control_once(flow.clone(), values, context).await;
        if !control.transcript.has_timed_out()
            || !control.is_new
            || self.health.over(&self.http).is_some()
        {
            return control;
        }
        self.control_once(flow, anew, context).await
    }

    /// The unchanged flow of a client; the result is recorded.
    async fn control_once(
        &self,
        flow: Vec<StepKind>,
        values: Values,
        context: &PerformContext<'_>,
    ) -> Control {
        let client = values.client.clone();
        let is_of_new_client = flow.contains(&StepKind::Register);
        let control = self.controls.of(flow, values, context).await;
        let hide = |text: &str| {
            let mut names = self.names();
            control.values.name(&mut names);
            name_received(&control.transcript, &mut names);
            names.tell(text)
        };
        // What a new client may do says nothing of those in the target file.
        if !is_of_new_client {
            self.health.look(&client, &self.target, &control, hide);
        }
        control
    }

    /// The valid flow of another client that the case names, if it does not work: a client that is
    /// not registered for it is refused for that, whichever client names it.
    async fn control_of_named(
        &self,
        case: &Case,
        values: &Values,
        ends: &Endpoints,
        slot: &SlotGuard<'_>,
    ) -> Option<Control> {
        let wanted: Vec<_> = case.templates().flat_map(Template::placeholders).collect();
        let names_other = wanted.iter().any(|placeholder| placeholder.of_other_client());
        if !names_other && credentials::names_other_key(case).is_none() {
            return None;
        }
        let theirs = self.values(values.other.as_ref()?, None, &values.user);
        let mut flow = match theirs.client.uses_codes() {
            true => vec![StepKind::Authorize],
            false => vec![StepKind::ClientCredentials],
        };
        flow.extend(wanted.contains(&Placeholder::OtherClientSecret).then_some(StepKind::Token));
        let control = self.control(flow, theirs, &self.context(ends, slot)).await;
        (control.outcome != ControlOutcome::Works).then_some(control)
    }

    /// The unchanged flows of all clients in the case; the worst one is returned.
    pub(super) async fn controls_of(
        &self,
        case: &Case,
        values: &Values,
        ends: &Endpoints,
        slot: &SlotGuard<'_>,
    ) -> Control {
        let mut main = self.control(case.flow(), values.anew(), &self.context(ends, slot)).await;
        if main.is_refused_at(StepKind::Introspect) {
            main = self.by_another(case, main, &self.context(ends, slot)).await;
        }
        if main.outcome != ControlOutcome::Works {
            return main;
        }
        if let Some(control) = self.control_of_named(case, values, ends, slot).await {
            return control;
        }
        // A client that introspects in place of the case's client is not one that the case names.
        let is_asked =
            |step: &&Step| step.kind != StepKind::Introspect || main.values.introspector.is_none();
        let steps = case.steps.iter().filter(is_asked);
        let changes: Vec<_> = steps.filter_map(|step| step.change.as_ref()).collect();
        for named in changes.into_iter().filter_map(|change| change.client.as_ref()) {
            let client = match named {
                ClientRef::Other => values.other.as_ref(),
                ClientRef::Named(name) => self.target.clients.iter().find(|it| it.name == *name),
            };
            let Some(client) = client else { continue };
            let theirs = self.values(client, None, &values.user);
            let flow: Vec<_> = case.flow().into_iter().filter(|kind| !kind.uses_token()).collect();
            let control = self.control(flow, theirs, &self.context(ends, slot)).await;
            if control.outcome != ControlOutcome::Works {
                return control;
            }
            main.transcript.retried = main.transcript.retried.or(control.transcript.retried);
        }
        main
    }

    /// The unchanged flow if the client may not introspect its tokens: with another client or
    /// resource server of the target that may (RFC7662 §2.1), or the original one if there is none.
    async fn by_another(&self, case: &Case, own: Control, context: &PerformContext<'_>) -> Control {
        let others = self.target.clients.iter();
        for other in others.filter(|it| !it.is_public() && it.id != own.values.client.id) {
            let mut values = own.values.anew();
            values.introspector = Some(other.clone());
            let control = self.control(case.flow(), values, context).await;
            if control.outcome == ControlOutcome::Works {
                return control;
            }
        }
        own
    }

    /// Checks the valid flow of a client step by step. Empty if the server was not found.
    pub async fn check_up(&self, client: &Client) -> Vec<Checked> {
        let (Ok(endpoints), Some(user)) = (&self.endpoints, self.target.users.first()) else {
            return Vec::new();
        };
        let flow = client_check::flow(client, endpoints);
        let values = self.values(client, None, user);
        let slot = self.agent.slot();
        let context = self.context(endpoints, &slot);
        let control = self.control(flow.clone(), values.anew(), &context).await;
        let checked = client_check::checked(&control, self.names());
        if !control.is_refused_at(StepKind::Introspect) {
            return checked;
        }
        // Another client can introspect in its place, so later steps are tried all the same.
        let is_introspect = |kind: &StepKind| *kind == StepKind::Introspect;
        let others: Vec<_> = flow.into_iter().filter(|kind| !is_introspect(kind)).collect();
        let control = self.control(others, values, &context).await;
        let refused = checked.into_iter().filter(|it| is_introspect(&it.kind));
        client_check::checked(&control, self.names()).into_iter().chain(refused).collect()
    }

    /// What another client was issued, if its valid flow works.
    pub(super) async fn of_another(
        &self,
        flow: Vec<StepKind>,
        values: &Values,
        context: &PerformContext<'_>,
    ) -> Vec<(String, String)> {
        let Some(other) = &values.other else { return Vec::new() };
        let theirs = self.values(other, None, &values.user);
        let control = Box::pin(self.control(flow, theirs, context)).await;
        let works = control.outcome == ControlOutcome::Works;
        control.values.minted().filter(|_| works).collect()
    }

    /// The unchanged flows of all clients that include a step of this kind.
    pub(super) async fn valid_flows(&self, kind: StepKind, endpoints: &Endpoints) -> Vec<Control> {
        let mut flow = vec![kind];
        while let Some(before) = flow[0].after().first() {
            flow.insert(0, *before);
        }
        let mut controls = Vec::new();
        let Some(user) = self.target.users.first() else { return controls };
        let visits = flow.contains(&StepKind::Authorize);
        let clients = self.target.clients.iter();
        for client in clients.filter(|client| !visits || client.uses_codes()) {
            if feature::impassable(&flow, &self.target, client, endpoints).is_none() {
                let voids = flow.contains(&StepKind::Revoke);
                let _turn = self.isolation.turn(voids, [Some(client), None]).await;
                let values = self.values(client, None, user);
                let slot = self.agent.slot();
                let context = self.context(endpoints, &slot);
                controls.push(self.control(flow.clone(), values, &context).await);
            }
        }
        controls
    }
}
