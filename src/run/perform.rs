//! Performs cases: the only part of a run that uses the network.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::bound;
use super::client_side::ClientSide;
use super::discover::Endpoints;
use super::isolation::Turn;
use super::listeners::Listeners;
use super::own_sessions::OwnSessions;
use super::request_form::{is_pushed, refers};
use super::server_jwt;
use super::step;
use super::transcript::{Outcome, Performed, Transcript};
use super::turned_away;
use super::values::Values;
use super::visit_checks;
use crate::agent::{Forgery, Landing, Pushed, SlotGuard, VisitRequest};
use crate::oauth::names::CLIENT_ASSERTION;
use crate::oauth::{Params, Request};
use crate::suite::{AnyOf, Case, ClientRef, Expect, ForgedForm, Parallel, Step, StepKind, Visitor};
use crate::target::{Client, Otp, Target, User};
use crate::wire::{Blocked, Http, Sent, asks_for_nonce, enter_step};

/// What performing needs in addition to a case.
pub(super) struct PerformContext<'a> {
    pub(super) http: &'a Arc<Http>,
    pub(super) slot: &'a SlotGuard<'a>,
    pub(super) endpoints: &'a Endpoints,
    pub(super) target: &'a Target,
    pub(super) listeners: &'a Listeners,
    /// How many registered clients could not be deleted.
    pub(super) leftovers: &'a AtomicUsize,
    /// The turn of a case that lets others run while it pauses. Its visits have a session of their
    /// own, as those of the others may renew or end the usual one.
    pub(super) turn: Option<&'a Turn<'a>>,
}

impl PerformContext<'_> {
    /// Whether the run is over, so that there is no point in waiting.
    pub(super) fn is_over(&self) -> bool {
        self.http.is_out_of_patience()
    }

    /// Performs a case step by step, up to the first step that cannot be reached.
    pub(super) async fn attempt(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
    ) -> Transcript {
        let steps_aside = self.turn.is_some() && case.pauses();
        let own_sessions = (case.has_own_session() || steps_aside).then(OwnSessions::default);
        self.attempt_in(case, values, teaches, own_sessions.as_ref()).await
    }

    /// The same, with visits in these sessions if there are any.
    pub(super) async fn attempt_in(
        &self,
        case: &Case,
        values: &mut Values,
        teaches: bool,
        own_sessions: Option<&OwnSessions>,
    ) -> Transcript {
        let (mut transcript, mut held) = (Transcript::default(), Duration::ZERO);
        values.prepare_registration(case);
        // Only a browser loads the frames of a logout.
        values.watches_logout |= case.steps.iter().any(|step| step.kind == StepKind::Frontchannel);
        values.watches_all = case.checks_session();
        let verifier = case.verifier.as_ref().and_then(|verifier| values.fill(verifier));
        verifier.into_iter().for_each(|verifier| values.set_verifier(verifier));
        let client_of = |step: &Step, values: &Values| self.client(step, values).clone();
        let listening = (self.listeners, self.target);
        let mut client_side = ClientSide::of(case, values, client_of, listening).await;
        for (index, step) in case.steps.iter().enumerate() {
            let _step = enter_step(&step.label);
            let waited = self.wait_before(case, index, values, own_sessions).await;
            if step.kind.is_visit() && transcript.steps.iter().any(|it| it.kind.is_visit()) {
                values.renew_nonce();
            }
            let mut performed = match (waited, &mut client_side) {
                (Ok(()), Ok(client_side)) => {
                    let how = (teaches, refers(case, index), own_sessions);
                    Box::pin(self.step_beside(step, values, how, client_side)).await
                }
                (Err(why), _) => Performed::new(step, Outcome::Blocked(why)),
                (_, Err(why)) => Performed::new(step, Outcome::Blocked(why.clone())),
            };
            held = if step.kind.is_visit() { Duration::ZERO } else { held + performed.held() };
            if let Some(why) = self.hindrance(&performed, held) {
                performed.outcome = Outcome::Blocked(why);
            }
            performed.changed |= case.verifier.is_some() && uses_verifier(step.kind);
            let wants = |expect: &AnyOf<Expect>| expect.any(Expect::leads_elsewhere);
            let strays = step.expect.as_ref().is_some_and(wants);
            performed.request.iter().for_each(|request| keep_sent(step, request, values));
            step::take(step.kind, &performed.outcome, strays, values);
            performed.decrypted = server_jwt::decrypted(&performed, values);
            values.take_decrypted(&performed.decrypted);
            keep_registered(&performed, values);
            let over = matches!(performed.outcome, Outcome::Blocked(_));
            transcript.steps.push(performed);
            if over {
                break;
            }
        }
        self.delete_registered(values).await;
        transcript
    }

    /// A step, and what the clients serve and hear meanwhile.
    async fn step_beside(
        &self,
        step: &Step,
        values: &Values,
        how: (bool, bool, Option<&OwnSessions>),
        client_side: &mut ClientSide<'_>,
    ) -> Performed {
        client_side.before(step, values);
        if step.kind == StepKind::RotateKeys {
            return self.rotate_keys(step).await;
        }
        if step.kind.is_told() {
            return client_side.hear(step, self.client(step, values)).await;
        }
        let mut performed = self.step(step, values, how, client_side).await;
        client_side.after(&mut performed).await;
        performed
    }

    async fn step(
        &self,
        step: &Step,
        values: &Values,
        (teaches, refers, own_sessions): (bool, bool, Option<&OwnSessions>),
        client_side: &ClientSide<'_>,
    ) -> Performed {
        let mut performed = Performed::new(step, Outcome::NotReached(String::new()));
        let client = self.client(step, values);
        let unmanaged = || step::unmanaged(step.kind, values, client);
        let unasserted = || step::unasserted(step, client).or_else(unmanaged);
        let unbound = || bound::unbound(step, values).or_else(unasserted).map(str::to_owned);
        if let Some(why) = step::unencryptable(step, values).or_else(unbound) {
            performed.outcome = Outcome::Blocked(Blocked::DoesNotApply(why));
            return performed;
        }
        match self.made(step, values, refers) {
            Ok((packed, request)) => {
                performed.request = Some(request.clone());
                performed.packed = packed;
                let parallel = step.change.as_ref().and_then(|change| change.parallel);
                if step.kind.is_visit() {
                    let how = (teaches, refers, own_sessions);
                    self.visit(step, request, values, how, client_side, &mut performed).await;
                } else if step.kind == StepKind::CheckSession {
                    self.ask(step, &request, values, own_sessions, &mut performed).await;
                } else if step.kind == StepKind::Frame {
                    self.frame(step, request, values, &mut performed).await;
                } else if let Some(Parallel(count)) = parallel {
                    let wants =
                        |expect: &AnyOf<Expect>| expect.any(|it| it.alive_at_most.is_some());
                    let asks = step.expect.as_ref().is_some_and(wants);
                    // Each has an assertion of its own, if the client authenticates by these.
                    let others = (1..count).filter_map(|_| self.request(step, values, false).ok());
                    let all: Vec<_> = std::iter::once(request).chain(others).collect();
                    self.race(&all, asks, client, values, &mut performed).await;
                } else {
                    let sent = performed.packed.clone().unwrap_or(request);
                    self.send(&sent, &mut performed).await;
                    self.send_with_nonce(step, values, refers, &mut performed).await;
                    self.send_with_proof(step, values, &mut performed).await;
                    turned_away::look(step, &mut performed);
                }
            }
            Err(missing) => performed.outcome = Outcome::NotReached(missing),
        }
        performed
    }

    /// The request of a step, and the object in which the client passes it, if it does.
    pub(super) fn made(
        &self,
        step: &Step,
        values: &Values,
        refers: bool,
    ) -> Result<(Option<Request>, Request), String> {
        let request = self.request(step, values, refers)?;
        let actors = step::Actors { values, client: self.client(step, values) };
        Ok((step::packed(step, &request, refers, &actors)?, request))
    }

    fn request(&self, step: &Step, values: &Values, refers: bool) -> Result<Request, String> {
        if values.lacks_client() && step.kind != StepKind::Register {
            // Nothing is known of it as any other client.
            return Err("no client was registered".to_owned());
        }
        let client = self.client(step, values);
        let mut request = step::request(step.kind, values, client, self.endpoints)?;
        if refers {
            request = step::referring(&request, values, client)?;
        }
        if let Some(change) = &step.change {
            request = step::apply(change, request, &step::Actors { values, client })?;
        }
        let nonce = self.http.nonce(&request.endpoint);
        step::prove(step.kind, step.change.as_ref(), &mut request, (values, client), nonce)?;
        Ok(request)
    }

    /// Sends the request once more if the server wants a nonce in its proof: what it would do with the
    /// request is not known yet (RFC9449 §8).
    async fn send_with_nonce(
        &self,
        step: &Step,
        values: &Values,
        refers: bool,
        performed: &mut Performed,
    ) {
        let Outcome::Answered(answer) = &performed.outcome else { return };
        let change = step.change.as_ref();
        let may_learn =
            performed.request.as_ref().is_some_and(|request| step::may_learn(change, request));
        if !asks_for_nonce(answer) || !may_learn {
            return;
        }
        if let Ok((packed, request)) = self.made(step, values, refers) {
            let sent = packed.clone().unwrap_or_else(|| request.clone());
            (performed.packed, performed.request) = (packed, Some(request));
            self.send(&sent, performed).await;
        }
    }

    pub(super) fn client<'a>(&'a self, step: &Step, values: &'a Values) -> &'a Client {
        let named = step.change.as_ref().and_then(|change| change.client.as_ref());
        let found = match named {
            // A client other than the case's introspects already, unless it is about what the case has registered.
            _ if step.kind == StepKind::Introspect && values.introspector.is_some() => {
                let is_own = step.change.is_some() && values.has_registered();
                values.introspector.as_ref().filter(|_| !is_own)
            }
            Some(ClientRef::Other) => values.other.as_ref(),
            Some(ClientRef::Named(name)) => {
                self.target.clients.iter().find(|client| client.name == *name)
            }
            None => None,
        };
        found.unwrap_or(&values.client)
    }

    fn user<'a>(&'a self, step: &Step, values: &'a Values) -> &'a User {
        let named = step.change.as_ref().and_then(|change| change.user.as_ref());
        let found = self.target.users.iter().find(|user| match named {
            Some(ClientRef::Other) => user.name != values.user.name,
            Some(ClientRef::Named(name)) => user.name == *name,
            None => user.name == values.user.name,
        });
        found.unwrap_or(&values.user)
    }

    async fn visit(
        &self,
        step: &Step,
        request: Request,
        values: &Values,
        (teaches, refers, own_sessions): (bool, bool, Option<&OwnSessions>),
        client_side: &ClientSide<'_>,
        performed: &mut Performed,
    ) {
        let change = step.change.as_ref();
        let (client, signs_out) = (self.client(step, values), step.kind == StepKind::Logout);
        let visitor = change.and_then(|change| change.visitor);
        // A visitor who is somebody new has no session.
        let own_sessions = own_sessions.filter(|_| visitor.is_none());
        let pushes = is_pushed(step, client) && !refers;
        let packed = performed.packed.clone();
        let referring = packed.as_ref().and_then(|packed| client_side.refer(packed, values));
        let own_object = packed.as_ref().filter(|_| referring.is_none());
        let served = match self.serve(step, own_object, client).await {
            Ok(served) => served,
            Err(why) => return performed.outcome = Outcome::Blocked(why),
        };
        let referring = referring.or_else(|| Some(served.as_ref()?.request.clone()));
        let push = pushes.then(|| self.push(packed.as_ref().unwrap_or(&request), values, client));
        performed.push = push.as_ref().and_then(|(sent, _)| sent.clone());
        performed.pushed = values.pushed().filter(|_| refers).cloned();
        let (request, reference) = match &performed.pushed {
            Some(pushed) => (with_pushed(&request, pushed), Some(request)),
            None => (request, None),
        };
        let mut visit_request = VisitRequest {
            request: step::about(request, change, packed.as_ref()),
            push: push.map(|(_, push)| push),
            reference,
            object: referring.or(packed).filter(|_| !pushes),
            user: self.user(step, values).clone(),
            redirect_uris: uris_of(client, signs_out).to_vec(),
            signs_out,
            has_own_session: own_sessions.is_some(),
            is_watched: values.watches_all || signs_out && values.watches_logout,
            teaches,
            visitor,
            looks_for: visit_checks::looked_for(step),
            decide: change.and_then(|change| change.decide),
            forgery: change.and_then(|it| it.form).and_then(|form| self.forgery(form, values)),
            is_valid: change.is_none(),
        };
        self.travel(&visit_request, own_sessions, performed).await;
        if visit_checks::needs_new_visitor(step, performed, &visit_request) {
            visit_request.visitor = Some(Visitor::New);
            self.travel(&visit_request, None, performed).await;
        }
        served.iter().for_each(|served| served.record(performed));
        if let Some(why) = visit_checks::unseen(step, performed, &visit_request) {
            performed.outcome = Outcome::Blocked(why);
        }
    }

    async fn frame(
        &self,
        step: &Step,
        mut request: Request,
        values: &Values,
        performed: &mut Performed,
    ) {
        performed.agent = Some(self.slot.kind());
        let client = self.client(step, values);
        request = performed.packed.clone().unwrap_or(request);
        if is_pushed(step, client) {
            let (sent, push) = self.push(&request, values, client);
            performed.push = sent;
            let (exchanges, next) = push.send(self.http).await;
            performed.exchanges.extend(exchanges);
            match next {
                Pushed::Visit(reference) => request = *reference,
                Pushed::Refused(answer) => {
                    performed.outcome = Outcome::Landed(Landing::PushRefused(*answer));
                    return;
                }
                Pushed::Blocked(why) => {
                    performed.outcome = Outcome::Blocked(why);
                    return;
                }
            }
        }
        let served = match self.serve(step, Some(&request), client).await {
            Ok(served) => served,
            Err(why) => return performed.outcome = Outcome::Blocked(why),
        };
        let request = served.as_ref().map_or(&request, |served| &served.request);
        performed.outcome = match self.slot.frame(&request.url()).await {
            Ok(framed) => Outcome::Framed(framed),
            Err(why) => Outcome::Blocked(why),
        };
        served.iter().for_each(|served| served.record(performed));
    }

    async fn ask(
        &self,
        step: &Step,
        request: &Request,
        values: &Values,
        own_sessions: Option<&OwnSessions>,
        performed: &mut Performed,
    ) {
        performed.agent = Some(self.slot.kind());
        let question = step::question(request, self.client(step, values));
        let user = &self.user(step, values).name;
        let session = own_sessions.map(|own| own.of(user)).unwrap_or_default();
        let answer = self.slot.ask(&question, &session).await;
        performed.outcome = match answer {
            Ok(answer) => {
                Outcome::Delivered(answer.map(|body| Sent::message(&question.frame, body)))
            }
            Err(why) => Outcome::Blocked(why),
        };
    }

    fn forgery(&self, form: ForgedForm, values: &Values) -> Option<Forgery> {
        let by = self.target.users.iter().find(|user| user.name != values.user.name)?;
        Some(Forgery { form, by: by.clone() })
    }

    async fn travel(
        &self,
        visit_request: &VisitRequest,
        own_sessions: Option<&OwnSessions>,
        performed: &mut Performed,
    ) {
        let visit = match own_sessions {
            Some(own_sessions) => {
                let user = &visit_request.user.name;
                let visit =
                    self.slot.visit_in_own_session(visit_request, own_sessions.of(user)).await;
                own_sessions.keep(user, visit.session.clone());
                visit
            }
            None => self.slot.visit(visit_request).await,
        };
        performed.exchanges = visit.exchanges;
        performed.agent = Some(visit.agent);
        performed.screenshot = visit.screenshot;
        performed.page = visit.page;
        performed.asked = visit.asked;
        performed.clicked = visit.clicked;
        performed.shown = visit.shown;
        let by = visit_request.forgery.as_ref().map(|forgery| &forgery.by);
        let users = [Some(&visit_request.user), by].into_iter().flatten();
        performed.codes = users.filter_map(|user| user.otp.as_ref()).flat_map(Otp::codes).collect();
        performed.referers = visit.referers;
        performed.outcome = match visit.landing {
            Ok(landing) => Outcome::Landed(landing),
            Err(blocked) => Outcome::Blocked(blocked),
        };
    }

    pub(super) async fn send(&self, request: &Request, performed: &mut Performed) {
        let (exchange, blocked) = self.http.send(on_the_wire(request)).await;
        performed.outcome = match (&exchange.answer, blocked) {
            (Some(answer), _) => Outcome::Answered(answer.clone()),
            (None, Some(why)) => Outcome::Blocked(why),
            (None, None) => Outcome::NotReached("no answer".to_owned()),
        };
        performed.exchanges.push(exchange);
    }
}

/// Where the client's users come back to, after a logout or else.
fn uris_of(client: &Client, signs_out: bool) -> &[String] {
    if signs_out { &client.post_logout_redirect_uris } else { &client.redirect_uris }
}

/// The request that a visit with this reference is about: what was pushed, and what stands beside
/// the reference, as a server may look at either.
fn with_pushed(reference: &Request, pushed: &Params) -> Request {
    let mut request = reference.clone();
    let mut params = pushed.clone();
    params.overwrite(reference.params());
    *request.params_mut() = params;
    request
}

pub(super) fn on_the_wire(request: &Request) -> Sent {
    let own = [
        ("content-type", request.content_type().map(str::to_owned)),
        ("accept", Some("application/json".to_owned())),
        ("authorization", request.authentication.header()),
    ];
    let is_kept = |name: &str| request.headers.iter().all(|(other, _)| other != name);
    let kept = own.into_iter().filter(|(name, _)| is_kept(name));
    let kept = kept.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Sent {
        method: request.method.name().to_owned(),
        url: request.url(),
        headers: kept.chain(request.headers.iter().cloned()).collect(),
        body: request.body_text(),
        certificate: request.certificate.clone(),
    }
}

/// Remembers what a later step may send again or refer to.
fn keep_sent(step: &Step, request: &Request, values: &mut Values) {
    if let Some(sent) = request.body.get(CLIENT_ASSERTION) {
        values.keep_assertion(&step.label, sent);
    }
    if let Some(sent) = request.proof() {
        values.keep_proof(&step.label, sent);
    }
    if step.kind == StepKind::Push {
        values.keep_pushed(&request.body);
    }
}

/// Takes what the server told of a client that was registered, or is managed.
fn keep_registered(performed: &Performed, values: &mut Values) {
    if performed.kind == StepKind::Register {
        values.begin_registration();
    }
    let Outcome::Answered(answer) = &performed.outcome else { return };
    let Some(request) = performed.request.as_ref().filter(|_| performed.outcome.is_grant()) else {
        return;
    };
    let json = answer.json().unwrap_or_default();
    match performed.kind {
        StepKind::Register => values.take_registration(request, &json),
        StepKind::Manage | StepKind::Unregister => values.take_managed(request, &json),
        _ => {}
    }
}

fn uses_verifier(kind: StepKind) -> bool {
    matches!(kind, StepKind::Authorize | StepKind::Token)
}
