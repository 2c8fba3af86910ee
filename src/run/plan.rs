//! Selects which cases are tried, as which client, under which ruleset.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::at_resource;
use super::case_clients::{self, CaseClients};
use super::credentials;
use super::extension;
use super::other_client;
use super::{profile, unfit};
use crate::oauth::{Cite, Level};
use crate::suite::{
    Case, CaseUser, Change, ClientProfile, Invariant, Placeholder, Proof, Requirement, Ruleset,
    Suites,
};
use crate::target::{Client, Known, Target, User};

/// Why cases that register clients are skipped.
pub(super) const LEAVES_CLIENTS: &str = "such a case leaves clients behind if the server does not allow deleting them \
                                         (try it with --register)";

/// One case as one client, or one invariant. Clones are cheap: every result has one.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `suite/case`, followed by `@client` if each client tries it.
    pub id: String,
    /// The suite file.
    pub file: String,
    /// The line on which the case starts.
    pub line: usize,
    /// The strongest level among the requirements in force.
    pub level: Level,
    /// The requirements in force that the case proves, strongest first.
    pub requirements: Arc<[AppliedRequirement]>,
    /// What the plan does.
    pub what: PlanKind,
    /// The same case as other clients, for when the first one does not fit or its valid flow does
    /// not work.
    pub instead: Vec<PlanKind>,
}

/// A requirement in force.
#[derive(Clone, Debug)]
pub struct AppliedRequirement {
    /// The section that requires it.
    pub cite: Cite,
    /// How strongly.
    pub level: Level,
    /// The requirement, as a sentence.
    pub sentence: String,
    /// What an attacker gains, or what breaks for users, if it is violated.
    pub why: Option<String>,
    /// How to fix it in the server.
    pub fix: Option<String>,
}

impl From<&Requirement> for AppliedRequirement {
    fn from(requirement: &Requirement) -> Self {
        let Requirement { cite, level, sentence, why, fix, .. } = requirement;
        let (cite, sentence) = (cite.clone(), sentence.clone());
        Self { cite, level: *level, sentence, why: why.clone(), fix: fix.clone() }
    }
}

/// What a plan does.
#[derive(Clone, Debug)]
pub enum PlanKind {
    /// Tries a case.
    Case {
        /// The case.
        case: Arc<Case>,
        /// The client that acts.
        client: Arc<Client>,
        /// Another client, if there is one.
        other: Option<Arc<Client>>,
        /// The user who signs in.
        user: Arc<User>,
    },
    /// Checks every answer.
    Invariant(Arc<Invariant>),
    /// Does nothing, for this reason: the target file lacks what the case needs.
    NotApplicable(String),
}

impl Plan {
    /// The case's name without the client.
    pub fn case(&self) -> &str {
        self.id.split('@').next().unwrap_or(&self.id)
    }

    /// Whether the plan checks the answers of other cases.
    pub fn is_invariant(&self) -> bool {
        matches!(self.what, PlanKind::Invariant(_))
    }

    /// The name of the client that acts, in the target file.
    pub fn client(&self) -> Option<&str> {
        match &self.what {
            PlanKind::Case { client, .. } => Some(&client.name),
            _ => None,
        }
    }

    /// The target file's known deviations: for this client, or else for the case.
    pub fn known<'a>(&self, target: &'a Target) -> impl Iterator<Item = &'a Known> {
        let entries = target.known.get(&self.id).or_else(|| target.known.get(self.case()));
        entries.into_iter().flatten()
    }

    /// Skips a case that waits, with the reason.
    pub fn leave_out_if_slow(&mut self) {
        if let PlanKind::Case { case, .. } = &self.what
            && let Some(slow) = case.slow
        {
            let why = format!("needs --slow (waits up to {slow})");
            self.what = PlanKind::NotApplicable(why);
        }
    }

    /// Skips a case that registers clients, with the reason.
    pub fn leave_out_if_registering(&mut self) {
        if let PlanKind::Case { case, .. } = &self.what
            && case.registers()
        {
            self.what = PlanKind::NotApplicable(LEAVES_CLIENTS.to_owned());
        }
    }

    /// The strongest requirement: its section, level and sentence.
    pub fn requirement(&self) -> (&Cite, Level, &str) {
        let AppliedRequirement { cite, level, sentence, .. } = &self.requirements[0];
        (cite, *level, sentence)
    }
}

/// The clients and the user of a target, of which all plans share one copy.
struct Actors<'a> {
    target: &'a Target,
    /// The clients that the ruleset is about.
    profile: &'a ClientProfile,
    clients: Vec<Arc<Client>>,
    users: Vec<Arc<User>>,
}

impl<'a> Actors<'a> {
    fn of(target: &'a Target, profile: &'a ClientProfile) -> Self {
        let clients = target.clients.iter().cloned().map(Arc::new).collect();
        let users = target.users.iter().cloned().map(Arc::new).collect();
        Self { target, profile, clients, users }
    }

    /// The shared copy of the user who signs in during the case, or what the target file lacks.
    fn user(&self, case: &Case) -> Result<Arc<User>, &'static str> {
        let another = |change: &Change| change.user.is_some() || change.form.is_some();
        let mut changes = case.steps.iter().filter_map(|step| step.change.as_ref());
        let is_second_needed = case.user == CaseUser::Other || changes.any(another);
        match self.users.len() {
            0 => Err("the target file has no user"),
            1 if is_second_needed => Err("the target file has no second user"),
            _ => Ok(Arc::clone(&self.users[case.user.place()])),
        }
    }

    /// The shared copy of a client.
    fn client(&self, client: &Client) -> Arc<Client> {
        let mut all = self.target.clients.iter().zip(&self.clients);
        let known = all.find(|(known, _)| std::ptr::eq(*known, client));
        known.map_or_else(|| Arc::new(client.clone()), |(_, shared)| Arc::clone(shared))
    }
}

/// All plans for the target under the ruleset, in the order of the suites. Invariants are last, as
/// they check the answers of all cases; before them come cases after which the server has other keys.
pub fn select(suites: &Suites, target: &Target, ruleset: &Ruleset) -> Vec<Plan> {
    select_as(suites, target, ruleset, |case| case_clients::usual(&case.client, target))
}

/// Like [`select`], only the plans of one case or invariant.
pub fn select_case(suites: &Suites, target: &Target, ruleset: &Ruleset, id: &str) -> Vec<Plan> {
    let mut applied = applied_requirements(suites, ruleset);
    applied.retain(|case, _| *case == id);
    select_applied(suites, target, &applied, &ruleset.clients, |case| {
        case_clients::usual(&case.client, target)
    })
}

/// Like [`select`], with each case tried as the given clients.
pub fn select_as<'a>(
    suites: &Suites,
    target: &Target,
    ruleset: &Ruleset,
    clients: impl Fn(&Case) -> CaseClients<'a>,
) -> Vec<Plan> {
    let applied = applied_requirements(suites, ruleset);
    select_applied(suites, target, &applied, &ruleset.clients, clients)
}

fn select_applied<'a>(
    suites: &Suites,
    target: &Target,
    applied: &AppliedById<'_>,
    profile: &ClientProfile,
    clients: impl Fn(&Case) -> CaseClients<'a>,
) -> Vec<Plan> {
    let actors = Actors::of(target, profile);
    let mut plans = Vec::new();
    for requirement in suites.suites.iter().flat_map(|suite| &suite.requirements) {
        match &requirement.proof {
            Proof::Cases(cases) => {
                for case in cases {
                    if let Some(applied) = applied.get(case.id.as_str()) {
                        plans.extend(of_case(case, applied, &actors, clients(case)));
                    }
                }
            }
            Proof::Invariant(invariant) => {
                if let Some(applied) = applied.get(invariant.id.as_str()) {
                    let what = PlanKind::Invariant(Arc::clone(invariant));
                    plans.push(plan(&invariant.id, &invariant.file, invariant.line, applied, what));
                }
            }
            Proof::See(_) | Proof::Untested(_) => {}
        }
    }
    plans.sort_by_key(|plan| match &plan.what {
        PlanKind::Invariant(_) => 2,
        PlanKind::Case { case, .. } if case.rotates_keys() => 1,
        _ => 0,
    });
    plans
}

/// For each case, the requirements in force that contain it or refer to it, strongest first.
type AppliedById<'a> = BTreeMap<&'a str, Arc<[AppliedRequirement]>>;

fn applied_requirements<'a>(suites: &'a Suites, ruleset: &Ruleset) -> AppliedById<'a> {
    let mut applied: BTreeMap<&str, Vec<AppliedRequirement>> = BTreeMap::new();
    let mut proven: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in suites.suites.iter().flat_map(|suite| &suite.requirements) {
        let is_in_force = ruleset.holds(&requirement.cite);
        for id in requirement.proven_by() {
            proven.entry(id).or_default().push(requirement);
            if !is_in_force || ruleset.voids(id) {
                continue;
            }
            let of_case = applied.entry(id).or_default();
            // The requirement that contains the case comes before those that refer to it.
            let at = if matches!(requirement.proof, Proof::See(_)) { of_case.len() } else { 0 };
            of_case.insert(at, AppliedRequirement::from(requirement));
        }
    }
    for (id, of_case) in &mut applied {
        of_case.sort_by_key(|requirement| std::cmp::Reverse(requirement.level));
        explain(&proven[id], of_case);
    }
    applied.into_iter().map(|(id, of_case)| (id, of_case.into())).collect()
}

/// Adds to the first requirement why the case matters and how to fix it, if none in force says so
/// but another one that the case proves does.
fn explain(proven: &[&Requirement], applied: &mut [AppliedRequirement]) {
    let (has_why, has_fix) =
        (applied.iter().any(|it| it.why.is_some()), applied.iter().any(|it| it.fix.is_some()));
    let Some(first) = applied.first_mut().filter(|_| !has_why || !has_fix) else { return };
    if let Some(other) = proven.iter().find(|it| it.why.is_some() || it.fix.is_some()) {
        if !has_why {
            first.why.clone_from(&other.why);
        }
        if !has_fix {
            first.fix.clone_from(&other.fix);
        }
    }
}

fn plan(
    id: &str,
    file: &str,
    line: usize,
    applied: &Arc<[AppliedRequirement]>,
    what: PlanKind,
) -> Plan {
    let level = applied.first().map_or(Level::May, |requirement| requirement.level);
    let (id, file, requirements) = (id.to_owned(), file.to_owned(), Arc::clone(applied));
    Plan { id, file, line, level, requirements, what, instead: Vec::new() }
}

fn of_case(
    case: &Arc<Case>,
    applied: &Arc<[AppliedRequirement]>,
    actors: &Actors<'_>,
    clients_of_case: CaseClients<'_>,
) -> Vec<Plan> {
    let CaseClients { clients, each } = clients_of_case;
    if clients.is_empty() {
        let what = PlanKind::NotApplicable(format!(
            "the target file has no {}",
            case_clients::describe(&case.client)
        ));
        return vec![plan(&case.id, &case.file, case.line, applied, what)];
    }
    let of_client = |id: &str, what: PlanKind| plan(id, &case.file, case.line, applied, what);
    let whats = clients.iter().map(|client| what(case, client, actors));
    if each {
        let id = |client: &Client| format!("{}@{}", case.id, client.name);
        return clients.iter().zip(whats).map(|(it, what)| of_client(&id(it), what)).collect();
    }
    let is_case = |what: &PlanKind| matches!(what, PlanKind::Case { .. });
    let (mut fit, unfit): (Vec<_>, Vec<_>) = whats.partition(is_case);
    let first = if fit.is_empty() { none_fits(&clients, unfit) } else { fit.remove(0) };
    vec![Plan { instead: fit, ..of_client(&case.id, first) }]
}

fn what(case: &Arc<Case>, client: &Client, actors: &Actors<'_>) -> PlanKind {
    let target = actors.target;
    if let Some(why) = profile::unfit(actors.profile, client) {
        return PlanKind::NotApplicable(why);
    }
    let wanted: Vec<_> = case.templates().flat_map(|template| template.placeholders()).collect();
    let other = match other_client::find(case, &wanted, client, target) {
        Ok(other) => other,
        Err(why) => {
            return PlanKind::NotApplicable(format!("the target file has no second client {why}"));
        }
    };
    let without =
        |it: &Placeholder| without(*it, client).or_else(|| extension::lacking(*it, client));
    let without = wanted.iter().find_map(without);
    if let Some(why) = without.or_else(|| credentials::lacking(case, &wanted, client)) {
        return PlanKind::NotApplicable(format!("the client {} has {why}", client.name));
    }
    let user = match actors.user(case) {
        Ok(user) => user,
        Err(why) => return PlanKind::NotApplicable(why.to_owned()),
    };
    PlanKind::Case {
        case: at_resource::moved(case, target.resource.as_ref()),
        client: actors.client(client),
        other: other.map(|other| actors.client(other)),
        user,
    }
}

/// What is left if none of these clients fits: the reasons of all.
fn none_fits(clients: &[&Client], unfit: Vec<PlanKind>) -> PlanKind {
    let reasons = clients.iter().zip(unfit).filter_map(|(client, what)| match what {
        PlanKind::NotApplicable(why) => Some((client.name.as_str(), why)),
        _ => None,
    });
    PlanKind::NotApplicable(unfit::together(&reasons.collect::<Vec<_>>()))
}

/// Something if the first redirect URI of the client has a port.
fn redirect_port(client: &Client) -> Option<&'static str> {
    let url = url::Url::parse(client.redirect_uri()).ok();
    url.and_then(|url| url.port_or_known_default()).map(|_| "")
}

/// The redirect URI or scope that the placeholder needs and the client lacks.
fn without(placeholder: Placeholder, client: &Client) -> Option<&'static str> {
    let (uri, why) = match placeholder {
        Placeholder::RedirectPort => (redirect_port(client), "no port in its first redirect URI"),
        Placeholder::RedirectOtherPort => {
            (client.loopback_uri(false), "no redirect URI on a loopback IP literal")
        }
        Placeholder::RedirectOtherPortIpv6 => {
            (client.loopback_uri(true), "no redirect URI on [::1]")
        }
        Placeholder::RedirectPrivateUse => {
            (client.private_use_uri(), "no redirect URI of a private-use scheme")
        }
        Placeholder::CertificateThumbprint
        | Placeholder::CertificateEscaped
        | Placeholder::CertificateBase64 => {
            (client.certificate.as_ref().map(|_| ""), "no certificate")
        }
        Placeholder::AnotherRedirectUri => (client.another_uri(), "only one redirect URI"),
        Placeholder::RedirectWithQuery => (client.uri_with_query(), "no redirect URI with a query"),
        Placeholder::RedirectOnly => (
            client.login_only_uri(),
            "no redirect URI that is not registered for the return after a logout too",
        ),
        Placeholder::AnotherLogoutUri => (
            client.another_logout_uri(),
            "no second of the `post_logout_redirect_uris` in the target file",
        ),
        Placeholder::LogoutUriWithQuery => {
            (client.logout_uri_with_query(), "none of the `post_logout_redirect_uris` with a query")
        }
        Placeholder::LogoutUri
        | Placeholder::LogoutShouted
        | Placeholder::LogoutEncoded
        | Placeholder::LogoutOtherPort
        | Placeholder::LogoutWithUser
        | Placeholder::LogoutOtherScheme => {
            (client.logout_uri(), "no `post_logout_redirect_uris` in the target file")
        }
        Placeholder::Scope | Placeholder::ScopeReversed | Placeholder::ScopeFirst
            if client.scope.is_empty() =>
        {
            (None, "no scope in the target file")
        }
        // A change of a single word may result in the same word.
        Placeholder::ScopeReversed | Placeholder::ScopeFirst => {
            (client.scope.trim().split_once(' ').map(|_| ""), "a scope of a single word")
        }
        _ => return None,
    };
    uri.is_none().then_some(why)
}
