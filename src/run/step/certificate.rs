//! The certificate that a client presents when it connects (RFC8705 §2, RFC8705 §3).

use crate::oauth::Certificate;
use crate::run::values::Values;
use crate::suite::{AuthChange, CertificateChange, Change, StepKind};
use crate::target::Client;

/// The certificate with which the client sends a request of this kind, if it presents one. The error
/// names what is missing for it.
pub(super) fn presented(
    kind: StepKind,
    change: Option<&Change>,
    values: &Values,
    client: &Client,
) -> Result<Option<Certificate>, String> {
    if !kind.may_present() {
        return Ok(None);
    }
    let own = client.certificate.as_ref();
    let made = |made: Option<&Certificate>| {
        made.cloned()
            .map(Some)
            .ok_or("a certificate with the same subject cannot be made".to_owned())
    };
    match change.and_then(|change| change.certificate) {
        Some(CertificateChange::None) => Ok(None),
        Some(CertificateChange::Other) => {
            let other = values.other.as_ref().and_then(|other| other.certificate.as_ref());
            let own = other.map(|other| Some(other.own.clone()));
            own.ok_or("the other client has no certificate".to_owned())
        }
        Some(CertificateChange::SameSubject) => made(own.and_then(|own| own.namesake.as_ref())),
        Some(CertificateChange::SameKey) => made(own.and_then(|own| own.renewed.as_ref())),
        None => {
            let is_left_out = matches!(
                change.and_then(|change| change.auth),
                Some(AuthChange::Absent | AuthChange::None)
            );
            // A client that is not to authenticate presents nothing that it could authenticate with; one that sends
            // its token in another way still presents the certificate that the token is bound to.
            let is_kept = kind.uses_token() || !(is_left_out && client.auth.is_certificate());
            Ok(own.filter(|_| is_kept).map(|own| own.own.clone()))
        }
    }
}
