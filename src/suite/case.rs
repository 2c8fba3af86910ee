//! Suites as they are once loaded: every default filled in, every reference checked.

use super::any_of::AnyOf;
use super::change::{Change, Visitor};
use super::expect::{Expect, Member};
use super::file::{ClientKind, Feature};
use super::step::StepKind;
use super::template::Template;
use crate::oauth::{Cite, Level};
use crate::source::DurationText;

/// The requirements of one topic.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file's name without its ending, and the first half of its cases' ids.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// The requirements, in order.
    pub requirements: Vec<Requirement>,
}

/// What a specification asks for, and how that is proven.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Which section says so.
    pub cite: Cite,
    /// How strongly.
    pub level: Level,
    /// What it says.
    pub sentence: String,
    /// What an attacker gains, or what breaks for users, where it is not kept.
    pub why: Option<String>,
    /// How the author of a server mends it.
    pub fix: Option<String>,
    /// How it is proven.
    pub proof: Proof,
}

impl Requirement {
    /// The ids of the cases and invariants that prove it, its own or those that it refers to.
    pub fn proven_by(&self) -> Vec<&str> {
        match &self.proof {
            Proof::Cases(cases) => cases.iter().map(|case| case.id.as_str()).collect(),
            Proof::Invariant(invariant) => vec![&invariant.id],
            Proof::See(ids) => ids.iter().map(String::as_str).collect(),
            Proof::Untested(_) => Vec::new(),
        }
    }

    /// Whether its cases stand elsewhere.
    pub fn refers(&self) -> bool {
        matches!(self.proof, Proof::See(_))
    }
}

/// How a requirement is proven.
#[derive(Clone, Debug)]
pub enum Proof {
    /// By cases of its own.
    Cases(Vec<Case>),
    /// By a look at every answer.
    Invariant(Box<Invariant>),
    /// By cases of other requirements, by id.
    See(Vec<String>),
    /// Not at all, for this reason.
    Untested(String),
}

/// Changes to a valid flow, and what must be seen.
#[derive(Clone, Debug)]
pub struct Case {
    /// `suite/name`.
    pub id: String,
    /// The suite file.
    pub file: String,
    /// The line on which it starts.
    pub line: usize,
    /// Which client acts.
    pub client: ClientKind,
    /// What the target has to support.
    pub needs: Vec<Feature>,
    /// What the metadata has to list.
    pub listed: Vec<Member>,
    /// What the metadata must not list.
    pub unlisted: Vec<Member>,
    /// The client's own verifier.
    pub verifier: Option<Template>,
    /// How long it waits at the most, where it does.
    pub slow: Option<DurationText>,
    /// How often it is gone through at the most, until something is found.
    pub rounds: usize,
    /// After what time no further round is begun.
    pub budget: Option<DurationText>,
    /// What is done and seen, in order.
    pub steps: Vec<Step>,
}

/// A visit to an endpoint.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name in the suite file.
    pub label: String,
    /// What is visited.
    pub kind: StepKind,
    /// What differs from the valid flow.
    pub change: Option<Change>,
    /// How much of that is granted, and no reason to refuse anything.
    pub given: Option<Change>,
    /// What must be seen: any of these.
    pub expect: Option<AnyOf<Expect>>,
}

impl Step {
    /// A step of the valid flow, of which nothing is expected.
    pub fn unchanged(label: impl Into<String>, kind: StepKind) -> Self {
        Self { label: label.into(), kind, change: None, given: None, expect: None }
    }
}

/// What must hold on every answer that it applies to, whichever case it came in.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// `suite/name`.
    pub id: String,
    /// The suite file.
    pub file: String,
    /// The line on which it starts.
    pub line: usize,
    /// The step whose answers it is about.
    pub kind: StepKind,
    /// Which answers it applies to.
    pub whenever: Expect,
    /// What must be seen in them: any of these.
    pub then: AnyOf<Expect>,
}

impl Case {
    /// The kinds of its steps, each once: the flow that must work unchanged for it to mean anything.
    pub fn flow(&self) -> Vec<StepKind> {
        let mut kinds = Vec::new();
        for step in &self.steps {
            if !kinds.contains(&step.kind) {
                kinds.push(step.kind);
            }
        }
        // Nothing that a token is for works once it was revoked.
        kinds.sort_by_key(|kind| *kind == StepKind::Revoke);
        kinds
    }

    /// Whether the server may void by it what others were given: it uses something twice, or revokes a
    /// token, with which the user's session may end, or counts on how long ago the user signed in.
    pub fn voids(&self) -> bool {
        let flow = self.flow();
        self.steps.len() != flow.len()
            || flow.contains(&StepKind::Revoke)
            || self.races()
            || self.waits_for_age()
    }

    /// Whether it sends requests at once.
    pub fn races(&self) -> bool {
        let races = |step: &Step| step.change.as_ref().is_some_and(|it| it.parallel.is_some());
        self.steps.iter().any(races)
    }

    /// Whether it looks at what becomes of a sign-in that has grown older.
    fn waits_for_age(&self) -> bool {
        let pauses = |step: &Step| {
            step.kind.is_visit() && step.change.as_ref().is_some_and(|it| it.pause.is_some())
        };
        self.steps.iter().any(pauses)
    }

    /// Whether what it looks at can only be seen of several values.
    pub fn compares_values(&self) -> bool {
        let asks = |expect: &Expect| !expect.bits.is_empty();
        self.steps.iter().filter_map(|step| step.expect.as_ref()).any(|it| it.any(asks))
    }

    /// Whether it leaves clients behind at a server that does not let them be deleted.
    pub fn registers(&self) -> bool {
        self.steps.iter().any(|step| step.kind == StepKind::Register)
    }

    /// Whether it takes a real browser.
    pub fn takes_browser(&self) -> bool {
        let visits = |step: &Step| step.change.as_ref().and_then(|change| change.visitor);
        let takes =
            |step: &Step| step.kind == StepKind::Frame || visits(step) == Some(Visitor::NewBrowser);
        self.steps.iter().any(takes)
    }

    /// Whether access tokens that requests won at once are tried, for which there has to be a place.
    pub fn tries_tokens(&self) -> bool {
        let counts = |expect: &AnyOf<Expect>| expect.iter().any(|it| it.alive_at_most.is_some());
        let at_token = self.steps.iter().filter(|step| step.kind == StepKind::Token);
        at_token.filter_map(|step| step.expect.as_ref()).any(counts)
    }

    /// Whether it does what the valid flow does, and nothing else.
    pub fn is_unchanged(&self) -> bool {
        let as_in_flow = self.steps.iter().map(|step| step.kind).eq(self.flow());
        let unchanged = self.steps.iter().all(|step| step.change.is_none());
        self.verifier.is_none() && unchanged && as_in_flow
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let changes = self.steps.iter().filter_map(|step| step.change.as_ref());
        let expects = self.steps.iter().filter_map(|step| step.expect.as_ref());
        changes
            .flat_map(Change::templates)
            .chain(expects.flat_map(AnyOf::iter).flat_map(Expect::templates))
            .chain(&self.verifier)
    }
}
