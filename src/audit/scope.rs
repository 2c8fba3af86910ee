//! The scope of an audit: the cases of its questions and threats, as every client that a
//! question is about.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, Question};
use super::file::{About, Asked};
use crate::oauth::names::{CLIENT_CREDENTIALS, PASSWORD};
use crate::run::{CaseClients, Plan, of_kind, select_as};
use crate::suite::{Case, ClientKind, Ruleset, StepKind, Suites};
use crate::target::{Client, Target};

/// The plans of an audit, under all specifications together: a requirement of any of them
/// is a finding of the audit. What only a profile requires is tried if a question or threat names it.
pub fn plans(catalogue: &Catalogue, suites: &Suites, target: &Target) -> Vec<Plan> {
    let of = |ruleset: &Ruleset| {
        let mut plans = select_as(suites, target, ruleset, |case| reach(catalogue, case, target));
        plans.retain(|plan| catalogue.rests_on(plan.case()));
        plans
    };
    let mut plans = of(&Ruleset::all_but_profiles());
    let known: BTreeSet<_> = plans.iter().map(|plan| plan.case().to_owned()).collect();
    let of_profiles = of(&Ruleset::all()).into_iter();
    plans.extend(of_profiles.filter(|plan| !known.contains(plan.case())));
    plans
}

/// Whether a question is about this client.
pub(super) fn is_asked(asked: Asked, client: &Client) -> bool {
    match asked {
        Asked::Any => true,
        Asked::WithUsers => client.visits() || client.may(PASSWORD),
        Asked::Visiting => client.visits(),
        Asked::Public => client.visits() && client.is_public(),
        Asked::PublicBound => {
            let is_bound = client.sends_proofs() || client.binds_to_certificate();
            client.visits() && client.is_public() && is_bound
        }
        Asked::Confidential => client.visits() && !client.is_public(),
        Asked::Authenticating => {
            let is_tried = client.visits() && client.uses_codes() || client.may(CLIENT_CREDENTIALS);
            is_tried && !client.is_public()
        }
        Asked::Native => client.visits() && client.native,
        Asked::Browser => client.visits() && client.is_public() && !client.native,
        Asked::Service => client.may(CLIENT_CREDENTIALS) && !client.is_public(),
    }
}

fn reach<'a>(catalogue: &Catalogue, case: &Case, target: &'a Target) -> CaseClients<'a> {
    let questions: Vec<_> =
        catalogue.questions.iter().filter(|it| it.rests_on(&case.id)).map(|it| &it.0).collect();
    let of_clients = questions.iter().filter(|it| it.about == About::Client);
    let every = widened(&case.client, target);
    let asks = |client: &&Client| {
        of_clients.clone().any(|question| {
            is_asked(question.clients, client)
                && (question.as_each || every.iter().any(|it| it.name == client.name))
        })
    };
    let mut clients: Vec<_> = target.clients.iter().filter(asks).collect();
    if clients.is_empty() {
        clients = of_kind(&case.client, target);
    }
    if clients.is_empty() && needs_nobody(case) {
        clients.extend(target.clients.first());
    }
    CaseClients { clients, each: of_clients.clone().next().is_some() }
}

/// The clients of the kind, and those excluded only because their flow could not work: whether a
/// client gets a code without a challenge is unknown until it is tried.
fn widened<'a>(kind: &ClientKind, target: &'a Target) -> Vec<&'a Client> {
    let is_of = |client: &&Client| match kind {
        ClientKind::Public => client.is_public(),
        ClientKind::Confidential => !client.is_public(),
        _ => true,
    };
    match kind {
        ClientKind::Each | ClientKind::Public | ClientKind::Confidential => {
            of_kind(&ClientKind::All, target).into_iter().filter(is_of).collect()
        }
        kind => of_kind(kind, target),
    }
}

/// Whether any client will do.
fn needs_nobody(case: &Case) -> bool {
    let alone = [
        StepKind::Metadata,
        StepKind::Jwks,
        StepKind::TokenPreflight,
        StepKind::Register,
        StepKind::Manage,
        StepKind::Unregister,
    ];
    case.steps.iter().all(|step| alone.contains(&step.kind))
}

impl Question {
    /// Whether it includes this client.
    pub(super) fn is_for(&self, client: &Client) -> bool {
        self.0.about == About::Client && is_asked(self.0.clients, client)
    }
}
