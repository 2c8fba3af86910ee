//! Loaded suites: every default filled in, every reference checked.

use std::sync::Arc;

use super::any_of::AnyOf;
use super::change::{Change, Visitor};
use super::expect::{Expect, Member};
use super::file::{CaseUser, ClientKind, Feature};
use super::served::Served;
use super::step::StepKind;
use super::template::Template;
use crate::oauth::names::{AUTH_TIME, JWKS, JWKS_URI, LOGIN_REQUIRED};
use crate::oauth::{Cite, Level};
use crate::source::DurationText;

/// The requirements of one topic.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file's name without its extension, which is the first half of its cases' ids.
    pub name: String,
    /// Its topic.
    pub title: String,
    /// The requirements, in order.
    pub requirements: Vec<Requirement>,
}

/// What a specification requires, and how it is tested.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The section that requires it.
    pub cite: Cite,
    /// How strongly.
    pub level: Level,
    /// The requirement.
    pub sentence: String,
    /// What an attacker gains, or what breaks for users, if it is violated.
    pub why: Option<String>,
    /// How to fix it in the server.
    pub fix: Option<String>,
    /// How it is tested.
    pub proof: Proof,
}

impl Requirement {
    /// The ids of the cases and invariants that test it, its own or those that it refers to.
    pub fn proven_by(&self) -> Vec<&str> {
        match &self.proof {
            Proof::Cases(cases) => cases.iter().map(|case| case.id.as_str()).collect(),
            Proof::Invariant(invariant) => vec![&invariant.id],
            Proof::See(ids) => ids.iter().map(String::as_str).collect(),
            Proof::Untested(_) => Vec::new(),
        }
    }

    /// Whether its cases belong to other requirements.
    pub fn refers(&self) -> bool {
        matches!(self.proof, Proof::See(_))
    }
}

/// How a requirement is tested.
#[derive(Clone, Debug)]
pub enum Proof {
    /// By its own cases, which plans share.
    Cases(Vec<Arc<Case>>),
    /// By checking every answer.
    Invariant(Arc<Invariant>),
    /// By cases of other requirements, by id.
    See(Vec<String>),
    /// Not at all, for this reason.
    Untested(String),
}

/// Changes to a valid flow, and the expected results.
#[derive(Clone, Debug)]
pub struct Case {
    /// `suite/name`.
    pub id: String,
    /// The suite file.
    pub file: String,
    /// The line on which it starts.
    pub line: usize,
    /// The client that acts.
    pub client: ClientKind,
    /// The user who signs in, unless a step says otherwise.
    pub user: CaseUser,
    /// What the target has to support.
    pub needs: Vec<Feature>,
    /// What the metadata has to list.
    pub listed: Vec<Member>,
    /// What the metadata must not list.
    pub unlisted: Vec<Member>,
    /// The client's own verifier.
    pub verifier: Option<Template>,
    /// How long it waits at most, if it does.
    pub slow: Option<DurationText>,
    /// The maximum number of rounds until something is found.
    pub rounds: usize,
    /// The time after which no further round begins.
    pub budget: Option<DurationText>,
    /// What it serves to the server under test.
    pub serve: Option<Served>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A request to an endpoint.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name in the suite file.
    pub label: String,
    /// The kind of step.
    pub kind: StepKind,
    /// What differs from the valid flow.
    pub change: Option<Change>,
    /// The part of the change that is granted, and no reason to refuse anything.
    pub given: Option<Change>,
    /// The expected result: any of these.
    pub expect: Option<AnyOf<Expect>>,
}

impl Step {
    /// A step of the valid flow without an expectation.
    pub fn unchanged(label: impl Into<String>, kind: StepKind) -> Self {
        Self { label: label.into(), kind, change: None, given: None, expect: None }
    }
}

/// What must hold for every answer that it applies to, in any case.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// `suite/name`.
    pub id: String,
    /// The suite file.
    pub file: String,
    /// The line on which it starts.
    pub line: usize,
    /// The step whose answers it checks.
    pub kind: StepKind,
    /// The answers that it applies to.
    pub whenever: Expect,
    /// The expected result: any of these.
    pub then: AnyOf<Expect>,
}

impl Case {
    /// The kinds of its steps, each once: the flow that must work unchanged for the result to mean
    /// anything.
    pub fn flow(&self) -> Vec<StepKind> {
        let mut kinds = Vec::new();
        for step in &self.steps {
            if !kinds.contains(&step.kind) {
                kinds.push(step.kind);
            }
        }
        // No token works after it was revoked.
        kinds.sort_by_key(|kind| *kind == StepKind::Revoke);
        kinds
    }

    /// Whether the case may make the server revoke what others were given: it uses something twice,
    /// or revokes a token, which may end the user's session, or depends on how long ago the user
    /// signed in. Authorization requests alone use nothing up, however many there are.
    pub fn voids(&self) -> bool {
        let flow = self.flow();
        let only_asks =
            flow.iter().all(|kind| matches!(kind, StepKind::Authorize | StepKind::Implicit));
        !only_asks && self.steps.len() != flow.len()
            || self.has_own_session()
            || flow.contains(&StepKind::Revoke)
            || self.races()
            || self.depends_on_age()
            || self.depends_on_session()
    }

    /// Whether the expectation depends on the user being signed in already: a server may keep one session in a browser,
    /// for the client that signed its user in last.
    pub fn depends_on_session(&self) -> bool {
        let tells = |it: &Expect| !it.asks.is_empty() || !it.asks_not.is_empty();
        let tells =
            |expect: &AnyOf<Expect>| expect.any(tells) || expect.takes_error(&[LOGIN_REQUIRED]);
        let is_shared = |step: &Step| {
            step.change.as_ref().is_none_or(|it| it.visitor.is_none() && it.user.is_none())
        };
        let depends = |step: &Step| {
            step.kind.is_visit() && is_shared(step) && step.expect.as_ref().is_some_and(tells)
        };
        // A case with a session of its own shows itself that there is one.
        !self.has_own_session() && self.steps.iter().any(depends)
    }

    /// Whether it sends requests at once.
    pub fn races(&self) -> bool {
        let races = |step: &Step| step.change.as_ref().is_some_and(|it| it.parallel.is_some());
        self.steps.iter().any(races)
    }

    /// Whether it lets seconds pass, in which other cases may run.
    pub fn pauses(&self) -> bool {
        let pauses = |step: &Step| step.change.as_ref().is_some_and(|it| it.pause.is_some());
        !self.has_own_session() && !self.races() && self.steps.iter().any(pauses)
    }

    /// Whether it checks what happens when a sign-in has become older, or that it is still the same.
    fn depends_on_age(&self) -> bool {
        let pauses = |step: &Step| {
            step.kind.is_visit() && step.change.as_ref().is_some_and(|it| it.pause.is_some())
        };
        let compares = |expect: &Expect| {
            expect.kept.iter().chain(&expect.newer).any(|claim| claim == AUTH_TIME)
        };
        self.steps.iter().any(|step| {
            pauses(step) || step.expect.as_ref().is_some_and(|expect| expect.any(compares))
        })
    }

    /// Whether it needs several values to check something.
    pub fn compares_values(&self) -> bool {
        let asks = |expect: &Expect| !expect.bits.is_empty();
        self.steps.iter().filter_map(|step| step.expect.as_ref()).any(|it| it.any(asks))
    }

    /// The claims that it compares with what the target file says of the user.
    pub fn told_claims(&self) -> impl Iterator<Item = &str> {
        let expects = self.steps.iter().filter_map(|step| step.expect.as_ref());
        let expects = expects.flat_map(AnyOf::iter);
        expects.flat_map(|it| it.tells.iter().chain(&it.as_known)).map(String::as_str)
    }

    /// Whether its visits share a session of their own, which it ends: a session that other cases
    /// use must not end.
    pub fn has_own_session(&self) -> bool {
        self.steps.iter().any(|step| step.kind.has_own_session())
    }

    /// Whether it looks at the session in a browser, so that all of its visits are made there.
    pub fn checks_session(&self) -> bool {
        self.steps.iter().any(|step| step.kind == StepKind::CheckSession)
    }

    /// How another client of it is told that a session has ended, if one is.
    pub fn tells_another(&self) -> Option<StepKind> {
        let mut told = self.steps.iter().filter(|step| step.kind.is_told());
        let is_another =
            |step: &&Step| step.change.as_ref().is_some_and(|change| change.client.is_some());
        told.find(is_another).map(|step| step.kind)
    }

    /// Whether it leaves clients behind if the server does not let them be deleted.
    pub fn registers(&self) -> bool {
        self.steps.iter().any(|step| step.kind == StepKind::Register)
    }

    /// Whether it registers a client with keys, by value or by reference.
    pub fn registers_keys(&self) -> bool {
        let changes = self.steps.iter().filter(|step| step.kind == StepKind::Register);
        let mut changes = changes.filter_map(|step| step.change.as_ref());
        changes.any(|change| change.changes(JWKS) || change.changes(JWKS_URI))
    }

    /// Whether the server signs with another key after it, so that it comes after all others.
    pub fn rotates_keys(&self) -> bool {
        self.steps.iter().any(|step| step.kind == StepKind::RotateKeys)
    }

    /// Whether it needs a real browser.
    pub fn takes_browser(&self) -> bool {
        let visits = |step: &Step| step.change.as_ref().and_then(|change| change.visitor);
        let shows = |kind| {
            matches!(kind, StepKind::Frame | StepKind::Frontchannel | StepKind::CheckSession)
        };
        let takes = |step: &Step| shows(step.kind) || visits(step) == Some(Visitor::NewBrowser);
        self.steps.iter().any(takes)
    }

    /// Whether it tries access tokens that were granted at once, for which there must be an
    /// endpoint.
    pub fn tries_tokens(&self) -> bool {
        let counts = |expect: &AnyOf<Expect>| expect.iter().any(|it| it.alive_at_most.is_some());
        let at_token = self.steps.iter().filter(|step| step.kind == StepKind::Token);
        at_token.filter_map(|step| step.expect.as_ref()).any(counts)
    }

    /// Whether it is the same as the valid flow.
    pub fn is_unchanged(&self) -> bool {
        let as_in_flow = self.steps.iter().map(|step| step.kind).eq(self.flow());
        let unchanged = self.steps.iter().all(|step| step.change.is_none());
        self.verifier.is_none() && unchanged && as_in_flow
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        // What `given` sends may be replaced in the change, but is tried on its own.
        let changes = self.steps.iter().flat_map(|step| step.change.iter().chain(&step.given));
        let expects = self.steps.iter().filter_map(|step| step.expect.as_ref());
        changes
            .flat_map(Change::templates)
            .chain(expects.flat_map(AnyOf::iter).flat_map(Expect::templates))
            .chain(&self.verifier)
            .chain(self.serve.iter().flat_map(Served::templates))
    }
}
