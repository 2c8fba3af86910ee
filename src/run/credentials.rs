//! Whether a client has the credentials that a case changes.

use crate::oauth::AuthMethod;
use crate::suite::{
    AuthChange, Case, CertificateChange, Change, JwtChange, KeyChange, Placeholder, Step, Template,
};
use crate::target::Client;

/// What the client lacks, as it authenticates by an assertion or a certificate: a secret, or sending it.
pub(super) fn lacking(
    case: &Case,
    wanted: &[Placeholder],
    client: &Client,
) -> Option<&'static str> {
    if !client.auth.is_assertion() && !client.auth.is_certificate() {
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
    match client.auth.is_certificate() {
        true => names.then_some("a certificate and no secret"),
        false => (has_no_secret && names).then_some("a key and no secret"),
    }
}

/// What the key of another client is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherKey {
    /// An assertion that it signs, or that names the client.
    Assertion,
    /// A request object that it signs.
    Object,
    /// The certificate that it presents.
    Certificate,
}

/// Whether the case needs another client that has a key as well, and what for.
pub(super) fn names_other_key(case: &Case) -> Option<OtherKey> {
    let changes = || case.steps.iter().filter_map(|step| step.change.as_ref());
    let asserts = |change: &JwtChange| {
        let mut named = change.templates().flat_map(Template::placeholders);
        change.key == Some(KeyChange::Other) || named.any(Placeholder::of_other_client)
    };
    if changes().any(|change| change.certificate == Some(CertificateChange::Other)) {
        return Some(OtherKey::Certificate);
    }
    let signs = |change: &JwtChange| change.key == Some(KeyChange::Other);
    if changes().filter_map(|it| it.assertion.as_deref()).any(asserts) {
        return Some(OtherKey::Assertion);
    }
    changes().filter_map(|it| it.object.as_deref()).any(signs).then_some(OtherKey::Object)
}
