//! Whether a client has the credentials that a case changes.

use crate::oauth::AuthMethod;
use crate::suite::{AuthChange, Case, Change, KeyChange, Placeholder, Step, Template};
use crate::target::Client;

/// What the client lacks, as it authenticates by an assertion: a secret, or sending it.
pub(super) fn lacking(
    case: &Case,
    wanted: &[Placeholder],
    client: &Client,
) -> Option<&'static str> {
    const KEY: &str = "a key and no secret";
    if !client.auth.is_assertion() {
        return None;
    }
    let own = |step: &&Step| step.change.as_ref().is_none_or(|change| change.client.is_none());
    let steps = case.steps.iter().filter(own);
    let changes: Vec<_> = steps.flat_map(|step| step.change.iter().chain(&step.given)).collect();
    let sends = |change: &&Change| {
        matches!(change.auth, Some(AuthChange::ClientSecretBasic | AuthChange::ClientSecretPost))
    };
    if changes.iter().any(sends) {
        return Some("a method of authentication that sends no secret");
    }
    let is_own = |placeholder: &Placeholder| {
        matches!(
            placeholder,
            Placeholder::ClientSecret | Placeholder::ClientBasic | Placeholder::ClientBasicEncoded
        )
    };
    let has_no_secret = client.auth == AuthMethod::PrivateKeyJwt;
    let names = wanted.iter().any(is_own) || changes.iter().any(|change| change.secret.is_some());
    (has_no_secret && names).then_some(KEY)
}

/// Whether the case needs another client that authenticates by assertions as well: for its key, or
/// to be named in an assertion.
pub(super) fn names_other_key(case: &Case) -> bool {
    let changes = case.steps.iter().filter_map(|step| step.change.as_ref()?.assertion.as_deref());
    changes.into_iter().any(|change| {
        let mut named = change.templates().flat_map(Template::placeholders);
        change.key == Some(KeyChange::Other) || named.any(Placeholder::of_other_client)
    })
}
