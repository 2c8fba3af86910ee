//! The management of a registered client: it is read, or with another method updated or deleted
//! (RFC7592 §2).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::names::{
    CLIENT_ID_ISSUED_AT, CLIENT_SECRET, CLIENT_SECRET_EXPIRES_AT, REGISTRATION_ACCESS_TOKEN,
    REGISTRATION_CLIENT_URI,
};
use crate::oauth::request::{Authentication, BodyFormat, Method};
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::StepKind;
use crate::target::Client;

/// What no update may contain (RFC7592 §2.2).
const NOT_SENT: [&str; 4] = [
    REGISTRATION_ACCESS_TOKEN,
    REGISTRATION_CLIENT_URI,
    CLIENT_SECRET_EXPIRES_AT,
    CLIENT_ID_ISSUED_AT,
];

/// Why the step does not apply to a server that does not let this client be managed.
pub(in crate::run) fn unmanaged(
    kind: StepKind,
    values: &Values,
    client: &Client,
) -> Option<&'static str> {
    let registration = values.registration(client).filter(|_| kind == StepKind::Manage)?;
    registration.management().is_none().then_some(NO_MANAGEMENT)
}

const NO_MANAGEMENT: &str = "the server names no place where this client is managed (RFC7592 §3)";

/// Reads the client. If the method is changed to PUT, the body has the metadata as the server told
/// them; the secret need not be sent.
pub(super) fn request(values: &Values, client: &Client) -> Result<Request, String> {
    let registration = values.registration(client).ok_or("no client was registered")?;
    let (url, token) = registration.management().ok_or(NO_MANAGEMENT)?;
    let mut request = Request::new(Method::Put, url);
    request.format = BodyFormat::ClientMetadata;
    request.authentication = Authentication::Bearer(token.to_owned());
    let is_sent = |name: &str| !NOT_SENT.contains(&name) && name != CLIENT_SECRET;
    for (name, value) in registration.metadata.iter().filter(|(name, _)| is_sent(name)) {
        if !value.is_null() {
            request.set_member(name, value);
        }
    }
    request.method = Method::Get;
    Ok(request)
}

/// Where clients cannot be managed, that is no fault of the valid flow.
pub(super) fn worked(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NotReached(_) => true,
        Outcome::Answered(answer) => answer.status == 200 && answers(StepKind::Manage, answer),
        _ => false,
    }
}
