//! The other client of a case that needs one: which one could take its place, and what is missing where none could.

use super::credentials::{self, OtherKey};
use super::told;
use crate::oauth::AuthMethod;
use crate::oauth::names::REFRESH_TOKEN;
use crate::suite::{Case, ClientRef, Placeholder, Step, StepKind};
use crate::target::{Client, Target};

/// Another client, if the case needs one. The error says what no other client has.
pub(super) fn find<'a>(
    case: &Case,
    wanted: &[Placeholder],
    client: &Client,
    target: &'a Target,
) -> Result<Option<&'a Client>, &'static str> {
    let named = case.steps.iter().find_map(|step| step.change.as_ref()?.client.as_ref());
    let needs = Needs::of(case, wanted);
    let needs_other =
        needs.key.is_some() || named.is_some() || wanted.iter().any(|it| it.of_other_client());
    if let Some(ClientRef::Named(name)) = named {
        let found = target.clients.iter().find(|other| other.name == *name);
        return found.map(Some).ok_or("that could take its place");
    }
    if !needs_other {
        return Ok(None);
    }
    // The refresh token policy of a client without refresh tokens is unknown.
    let needs_grant = case.steps.iter().any(is_refresh_by_another);
    let has_grant = |other: &&Client| !needs_grant || other.may(REFRESH_TOKEN);
    let fits = |other: &&Client| needs.are_met(other, client);
    let best = target.clients.iter().find(|other| fits(other) && has_grant(other));
    let found = best.or_else(|| target.clients.iter().find(fits));
    found.map(Some).ok_or_else(|| needs.missing(client, target))
}

/// What the other client has to have.
struct Needs {
    key: Option<OtherKey>,
    /// How it is told that a session has ended, if it is.
    told: Option<StepKind>,
    /// Whether it introspects. A client without a secret could be anyone, so it may not.
    introspects: bool,
    codes: bool,
    own_secret: bool,
    own_uri: bool,
    logout_uri: bool,
}

impl Needs {
    fn of(case: &Case, wanted: &[Placeholder]) -> Self {
        let is_for_itself =
            |step: &Step| matches!(step.kind, StepKind::ClientCredentials | StepKind::JwtBearer);
        Self {
            key: credentials::names_other_key(case),
            told: case.tells_another(),
            introspects: case.steps.iter().any(|step| step.kind == StepKind::Introspect),
            codes: !case.steps.iter().all(is_for_itself),
            own_secret: wanted.contains(&Placeholder::OtherClientSecret),
            own_uri: wanted.contains(&Placeholder::OtherRedirectUri),
            logout_uri: wanted.contains(&Placeholder::OtherLogoutUri),
        }
    }

    fn are_met(&self, other: &Client, client: &Client) -> bool {
        let has_own_uri =
            || other.redirect_uris.iter().any(|uri| !client.redirect_uris.contains(uri));
        // A client may be in the file twice, with a different grant in each entry.
        other.id != client.id
            && match self.key {
                Some(key) => has_other_key(other, client, key),
                None => other.uses_codes() || !self.codes,
            }
            && (!self.introspects || !other.is_public())
            // With the same secret, nothing would change.
            && (!self.own_secret || !other.secret.is_empty() && other.secret != client.secret)
            && (!self.own_uri || has_own_uri())
            && (!self.logout_uri || client.logout_uri_of(other).is_some())
            && self.told.is_none_or(|kind| told::uri(kind, other).is_some())
    }

    /// What no other client has.
    fn missing(&self, client: &Client, target: &Target) -> &'static str {
        let others = || target.clients.iter().filter(|other| other.id != client.id);
        let is_told = |kind| others().any(|other| told::uri(kind, other).is_some());
        match (self.key, self.told) {
            (Some(OtherKey::Object), _) => "with a key of its own",
            (Some(OtherKey::Certificate), _) => "with a certificate",
            (Some(OtherKey::Assertion), _) => {
                "that authenticates like the first one, with other credentials"
            }
            (None, Some(kind)) if !is_told(kind) => told::lacking(kind),
            _ if self.own_uri => "with another redirect URI",
            (None, Some(kind)) => told::lacking(kind),
            _ if self.logout_uri => "with another URI in `post_logout_redirect_uris`",
            _ if self.own_secret => "with another secret",
            _ => "that could take its place",
        }
    }
}

fn is_refresh_by_another(step: &Step) -> bool {
    step.kind == StepKind::Refresh
        && step.change.as_ref().is_some_and(|change| change.client.is_some())
}

/// Whether another client has a key that could take the place of the client's: with the same one, nothing
/// would change.
fn has_other_key(other: &Client, client: &Client, key: OtherKey) -> bool {
    let is_alike = match key {
        OtherKey::Assertion => other.auth == client.auth,
        OtherKey::Object => other.signer.is_some(),
        OtherKey::Certificate => return has_other_certificate(other, client),
    };
    is_alike && other.signer != client.signer
}

/// Whether another client presents a certificate that is not as good as the client's: where subjects count,
/// one with another subject, for which the same authorities vouch.
fn has_other_certificate(other: &Client, client: &Client) -> bool {
    let (Some(theirs), Some(own)) = (&other.certificate, &client.certificate) else { return false };
    match client.auth {
        AuthMethod::TlsClientAuth => {
            other.auth == client.auth && theirs.own.subject() != own.own.subject()
        }
        _ => theirs != own,
    }
}
